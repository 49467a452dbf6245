import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { archiveEventSource, assetReleasedType } from '../../../lambdas/contracts/release-event.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { CaptionProvider } from '../../resources/caption-provider.ts';
import { Timer } from '../../resources/timer.ts';
import { grantStartTo } from '../../resources/workflow-role.ts';
import type { StepProps } from '../step-props.ts';

const lookMinutes = 5;

export interface CaptionLateProps extends Pick<StepProps, 'environment' | 'surroundings' | 'ledger'> {
  readonly captions: CaptionProvider;
  readonly stateMachineArn: string;
}

/** Begins new attempts of assets whose captions had to wait, and puts the desks' accounts right. */
export class CaptionLate extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: CaptionLateProps) {
    super(scope, 'CaptionLate');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'operate/caption-late.lambda.ts',
      step: 'operate',
      name: 'caption-late',
      size: props.environment.functions.captionLate,
    });
    props.ledger.grantReadWriteTo(this.function);
    props.ledger.grantForgetTo(this.function);
    props.ledger.grantListTo(this.function, 'unsettled');
    props.captions.describeTo(this.function);
    grantStartTo(this.function, props.stateMachineArn);
    // What was not sent because of its embargo is due with its end; a call that is lost is made up for by the timer.
    new Rule(this, 'Released', {
      description: 'Assets that readers find from now on',
      eventPattern: { source: [archiveEventSource], detailType: [assetReleasedType] },
      targets: [new LambdaFunction(this.function)],
    });
    new Timer(this, 'Look', { target: this.function, every: Duration.minutes(lookMinutes) });
  }
}
