import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { assetsPrefix, backfillPrefix, incomingPrefix } from '../../../lambdas/contracts/keys.ts';
import { reconcilePrefix } from '../../../lambdas/contracts/reconciliation.ts';
import { ArchiveFunction, grantCallTo } from '../../resources/archive-function.ts';
import { Timer } from '../../resources/timer.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { WorkQueue } from '../../resources/work-queue.ts';
import { grantEndTo, grantStartTo } from '../../resources/workflow-role.ts';
import type { StepProps } from '../step-props.ts';

/** A run walks for as long as a Lambda lives; millions of assets take a day of such runs. */
const walkMinutes = 30;

/** Bucket, ledger and index held against each other, mended where they differ. */
export class Reconcile extends Construct {
  readonly function: ArchiveFunction;

  constructor(
    scope: Construct,
    props: StepProps & {
      index: VectorIndex;
      admitQueue: WorkQueue;
      withdraw: ArchiveFunction;
      stateMachineArn: string;
    },
  ) {
    super(scope, 'Reconcile');
    const { originals, derived, ledger } = props;
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'operate/reconcile.lambda.ts',
      step: 'operate',
      name: 'reconcile',
      size: props.environment.functions.reconcile,
    });
    for (const prefix of [incomingPrefix, backfillPrefix]) originals.grantReadTo(this.function, prefix);
    originals.grantListVersionsTo(this.function);
    derived.grantDeleteTo(this.function, assetsPrefix);
    derived.grantReadTo(this.function, reconcilePrefix);
    derived.grantWriteTo(this.function, reconcilePrefix);
    ledger.grantReadWriteTo(this.function);
    ledger.grantForgetTo(this.function);
    ledger.grantScanTo(this.function);
    ledger.grantListTo(this.function, 'group');
    props.index.grantWriteTo(this.function);
    props.admitQueue.grantAnnounceTo(this.function, environmentNames.admitQueueUrl);
    grantStartTo(this.function, props.stateMachineArn);
    grantEndTo(this.function, props.stateMachineArn, props.environment.name);
    grantCallTo(this.function, props.withdraw, environmentNames.withdrawFunction);
    new Timer(this, 'Walk', { target: this.function, every: Duration.minutes(walkMinutes) });
  }
}
