import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ArchiveFunction } from './archive-function.ts';
import { arnSeenFrom, permit } from './permissions.ts';

/** SQS keeps a message for at most this long; nobody is rushed by an alarm on a Friday evening. */
const longestRetentionDays = 14;
/** AWS's advice for queues that feed a Lambda: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const visibilityPerFunctionTimeout = 6;
const defaultMaxReceiveCount = 5;

/** A queue that nothing drains by itself: what lies here waits for a person or for `wirescope redrive`. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(longestRetentionDays),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is the end of the line itself: an alarm watches it and `wirescope redrive` empties it.',
    });
  }

  /** Lets a function know the queue, look through it and take messages out. */
  grantDrainTo(user: ArchiveFunction, environmentName: string): void {
    user.addEnvironment(environmentName, this.queueUrl);
    permit(user.role, {
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      resources: [arnSeenFrom(user.role, Stack.of(this), this.queueArn)],
    });
  }

  /** Lets a function know the queue and add to it. */
  grantSendTo(user: ArchiveFunction, environmentName: string): void {
    user.addEnvironment(environmentName, this.queueUrl);
    permit(user.role, {
      actions: ['sqs:SendMessage'],
      resources: [arnSeenFrom(user.role, Stack.of(this), this.queueArn)],
    });
  }
}

export interface WorkQueueProps {
  readonly consumerTimeoutSeconds: number;
  /** After so many receptions without success a message is a dead letter. */
  readonly maxReceiveCount?: number;
}

/** A queue in front of a function, with its own dead letter queue. */
export class WorkQueue extends Queue {
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    const deadLetters = new DeadLetterQueue(scope, `${id}DeadLetters`);
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(longestRetentionDays),
      visibilityTimeout: Duration.seconds(visibilityPerFunctionTimeout * props.consumerTimeoutSeconds),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: props.maxReceiveCount ?? defaultMaxReceiveCount },
    });
    this.deadLetters = deadLetters;
  }

  /** Lets a function know the queue and announce arrivals to it, and see how deep it is. */
  grantAnnounceTo(user: ArchiveFunction, environmentName: string): void {
    user.addEnvironment(environmentName, this.queueUrl);
    permit(user.role, {
      actions: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
      resources: [arnSeenFrom(user.role, Stack.of(this), this.queueArn)],
    });
  }
}
