import { randomUUID } from 'node:crypto';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { S3Object } from '../contracts/assets.ts';
import { type ObjectCreatedEvent, objectCreatedEventSchema } from '../contracts/workflow.ts';

/** A queue from which admit takes arrivals: it can be told of objects whose event never came, or was not wanted then. */
export class ArrivalQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor({
    client = new SQSClient({ useQueueUrlAsEndpoint: false }),
    queueUrl,
  }: {
    client?: SQSClient;
    queueUrl: string;
  }) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  /** Announces an object as S3 does; twice is as good as once. */
  async announce(object: S3Object, { bytes, time }: { bytes?: number | undefined; time: Date }): Promise<void> {
    const event: ObjectCreatedEvent = objectCreatedEventSchema.parse({
      id: randomUUID(),
      time: time.toISOString(),
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: {
        bucket: { name: object.bucket },
        object: { key: object.key, size: bytes, 'version-id': object.versionId },
      },
    });
    await this.#client.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: JSON.stringify(event) }));
  }

  /** Messages that wait or are being worked on, roughly, as SQS counts. */
  async depth(): Promise<number> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#queueUrl,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return (
      Number(Attributes['ApproximateNumberOfMessages'] ?? 0) +
      Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0)
    );
  }
}
