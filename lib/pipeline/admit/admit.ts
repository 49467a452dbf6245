import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { backfillPrefix, incomingPrefix } from '../../../lambdas/contracts/keys.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { WorkQueue } from '../../resources/work-queue.ts';
import { grantCountTo, grantStartTo } from '../../resources/workflow-role.ts';
import type { StepProps } from '../step-props.ts';

/**
 * One file may be gigabytes that are read for their fingerprint, and one that crashes its worker takes with it whatever
 * else the worker holds: so each has a worker to itself.
 */
const batchSize = 1;
const batchWindowSeconds = 0;
/** A backfill's message comes back for as long as live uploads leave it no room: for a day, at two minutes a function. */
const yieldsBeforeGivenUp = 120;

/**
 * An object-created event -> queue -> function: takes an upload in, or says why not. A backfill's objects come by a
 * queue of their own, so that no live upload stands behind them.
 */
export class Admit extends Construct {
  readonly function: ArchiveFunction;
  readonly queue: WorkQueue;
  readonly backfillQueue: WorkQueue;

  constructor(scope: Construct, props: Omit<StepProps, 'derived'> & { stateMachineArn: string; sharp: ILayerVersion }) {
    super(scope, 'Admit');
    const size = props.environment.functions.admit;
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'admit/admit-uploads.lambda.ts',
      step: 'admit',
      name: 'admit',
      size,
      layers: [props.sharp],
    });
    this.queue = new WorkQueue(this, 'Queue', { consumerTimeoutSeconds: size.timeoutSeconds });
    this.backfillQueue = new WorkQueue(this, 'Backfill', {
      consumerTimeoutSeconds: size.timeoutSeconds,
      maxReceiveCount: yieldsBeforeGivenUp,
    });
    new Rule(this, 'ObjectCreated', {
      description: 'Uploads below the incoming prefix',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [props.originals.bucketName] },
          object: { key: [{ prefix: incomingPrefix }] },
        },
      },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: this.queue.deadLetters })],
    });
    this.takeFrom(this.queue, props.environment.admitConcurrency);
    this.takeFrom(this.backfillQueue, props.environment.backfillAdmitConcurrency);
    props.originals.grantReadTo(this.function, incomingPrefix);
    props.originals.grantReadTo(this.function, backfillPrefix);
    props.ledger.grantReadWriteTo(this.function);
    grantStartTo(this.function, props.stateMachineArn);
    grantCountTo(this.function, props.stateMachineArn);
    this.function.addEnvironment(environmentNames.backfillExecutions, String(props.environment.backfillExecutions));
  }

  private takeFrom(queue: WorkQueue, maxConcurrency: number): void {
    this.function.addEventSource(
      new SqsEventSource(queue, {
        batchSize,
        maxBatchingWindow: Duration.seconds(batchWindowSeconds),
        maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
  }
}
