import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import {
  assetsPrefix,
  backfillPrefix,
  incomingPrefix,
  inferencePrefix,
  shotsWorkPrefix,
  vocabularyPrefix,
} from '../../../lambdas/contracts/keys.ts';
import { receiptPrefix, type WithdrawalRequest } from '../../../lambdas/contracts/withdrawal.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { ReceiptKey } from '../../resources/receipt-key.ts';
import { Timer } from '../../resources/timer.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { DeadLetterQueue } from '../../resources/work-queue.ts';
import { grantEndTo } from '../../resources/workflow-role.ts';
import type { StepProps } from '../step-props.ts';

const clearMinutes = 5;
const clearReturns: WithdrawalRequest = { action: 'clear-returns' };

/** The one function that may delete originals: it takes an asset out of every store and signs a receipt of it. */
export class WithdrawAsset extends Construct {
  readonly function: ArchiveFunction;

  constructor(
    scope: Construct,
    props: StepProps & {
      index: VectorIndex;
      failureQueue: DeadLetterQueue;
      receiptKey: ReceiptKey;
      stateMachineArn: string;
    },
  ) {
    super(scope, 'Withdraw');
    const { originals, derived, ledger } = props;
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'operate/withdraw-asset.lambda.ts',
      step: 'operate',
      name: 'withdraw-asset',
      size: props.environment.functions.withdrawAsset,
    });
    for (const prefix of [incomingPrefix, backfillPrefix]) originals.grantDeleteTo(this.function, prefix);
    for (const prefix of [assetsPrefix, shotsWorkPrefix, inferencePrefix]) derived.grantDeleteTo(this.function, prefix);
    for (const prefix of [receiptPrefix, vocabularyPrefix]) {
      derived.grantReadTo(this.function, prefix);
      derived.grantWriteTo(this.function, prefix);
    }
    ledger.grantReadWriteTo(this.function);
    ledger.grantForgetTo(this.function);
    // Members of a group that is named after what is withdrawn.
    ledger.grantListTo(this.function, 'group');
    props.index.grantWriteTo(this.function);
    props.failureQueue.grantDrainTo(this.function, environmentNames.failureQueueUrl);
    props.receiptKey.grantSignTo(this.function);
    grantEndTo(this.function, props.stateMachineArn, props.environment.name);
    new Timer(this, 'Clear', { target: this.function, every: Duration.minutes(clearMinutes), input: clearReturns });
  }
}
