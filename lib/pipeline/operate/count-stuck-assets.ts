import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { Timer } from '../../resources/timer.ts';
import type { StepProps } from '../step-props.ts';

const countMinutes = 5;

/** Counts the assets that have been processing for too long. */
export class CountStuckAssets extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: Pick<StepProps, 'environment' | 'surroundings' | 'ledger'>) {
    super(scope, 'Operate');
    this.function = new ArchiveFunction(this, 'CountStuckAssets', {
      surroundings: props.surroundings,
      entry: 'operate/count-stuck-assets.lambda.ts',
      step: 'operate',
      name: 'count-stuck-assets',
      size: props.environment.functions.countStuckAssets,
    });
    props.ledger.grantReadTo(this.function);
    props.ledger.grantListTo(this.function, 'unsettled');
    new Timer(this, 'Count', { target: this.function, every: Duration.minutes(countMinutes) });
  }
}
