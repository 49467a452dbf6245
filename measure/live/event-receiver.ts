import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type LiveEvent, liveEventSource } from '../../lambdas/contracts/live.ts';

export interface ReceivedEvent {
  event: LiveEvent;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** A subscriber of the feeds' events: a rule on the bus, a queue behind it, and when each event came out of it. */
export class EventReceiver {
  readonly received: ReceivedEvent[] = [];
  readonly #sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  #queueUrl = '';
  #isStopped = false;
  #receiving: Promise<void> | undefined;

  async start(name: string): Promise<void> {
    const { QueueUrl = '' } = await this.#sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    const events = new EventBridgeClient({});
    await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: [liveEventSource] }) }));
    await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'queue', Arn: Attributes?.['QueueArn'] }] }));
    this.#queueUrl = QueueUrl;
    this.#receiving = this.#receive();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#receiving;
  }

  async #receive(): Promise<void> {
    while (!this.#isStopped) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
      );
      const receivedAt = Date.now();
      for (const { Body = '' } of Messages) {
        const { 'detail-type': type, detail } = JSON.parse(Body) as { 'detail-type': string; detail: object };
        this.received.push({ event: { type, detail } as LiveEvent, receivedAt });
      }
      if (Messages.length > 0)
        await this.#sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl: this.#queueUrl,
            Entries: Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle })),
          }),
        );
    }
  }
}
