import type { Role } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import { permit } from './permissions.ts';

/** Where an asynchronous endpoint says that an inference has succeeded or failed. */
export class InferenceTopics extends Construct {
  readonly success: Topic;
  readonly error: Topic;
  private readonly key: ContentKey;

  constructor(scope: Construct, id: string, props: { key: ContentKey }) {
    super(scope, id);
    this.key = props.key;
    const made = { enforceSSL: true, masterKey: props.key };
    this.success = new Topic(this, 'Success', made);
    this.error = new Topic(this, 'Error', made);
  }

  /** Lets a service's role publish to both: SNS encrypts with what the publisher may use of the key. */
  grantPublish(role: Role): void {
    permit(role, { actions: ['sns:Publish'], resources: [this.success.topicArn, this.error.topicArn] });
    this.key.grantWriteThrough(role, 'sns');
  }

  /** Calls a function with every message of either topic. */
  callOn(user: ArchiveFunction): void {
    for (const topic of [this.success, this.error]) topic.addSubscription(new LambdaSubscription(user));
  }
}
