import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { incomingPrefix } from '../../../lambdas/contracts/keys.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { WorkQueue } from '../../resources/work-queue.ts';
import { grantStartTo } from '../../resources/workflow-role.ts';
import type { StepProps } from '../step-props.ts';

/**
 * One file may be gigabytes that are read for their fingerprint, and one that crashes its worker takes with it whatever
 * else the worker holds: so each has a worker to itself.
 */
const batchSize = 1;
const batchWindowSeconds = 0;

/** An object-created event -> queue -> function: takes an upload in, or says why not. */
export class Admit extends Construct {
  readonly function: ArchiveFunction;
  readonly queue: WorkQueue;

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
    this.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize,
        maxBatchingWindow: Duration.seconds(batchWindowSeconds),
        maxConcurrency: props.environment.admitConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    props.originals.grantReadTo(this.function, incomingPrefix);
    props.ledger.grantReadWriteTo(this.function);
    grantStartTo(this.function, props.stateMachineArn);
  }
}
