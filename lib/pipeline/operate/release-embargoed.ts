import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { archiveEventSource } from '../../../lambdas/contracts/release-event.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { grantTellTo } from '../../resources/event-bus.ts';
import { Timer } from '../../resources/timer.ts';
import type { StepProps } from '../step-props.ts';

/** Readers find an asset at the moment its embargo ends; it is told within this time. */
const lookMinutes = 1;

/** Tells of assets whose embargo has ended. */
export class ReleaseEmbargoed extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: Pick<StepProps, 'environment' | 'surroundings' | 'ledger'>) {
    super(scope, 'Release');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'operate/release-embargoed.lambda.ts',
      step: 'operate',
      name: 'release-embargoed',
      size: props.environment.functions.releaseEmbargoed,
    });
    props.ledger.grantReadWriteTo(this.function);
    props.ledger.grantForgetTo(this.function);
    props.ledger.grantListTo(this.function, 'unsettled');
    grantTellTo(this.function.role, archiveEventSource);
    new Timer(this, 'Look', { target: this.function, every: Duration.minutes(lookMinutes) });
  }
}
