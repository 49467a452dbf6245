import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { assetIdSchema, stepSchema } from '../contracts/assets.ts';

/** One failed attempt, as the on-call engineer finds it. */
export const failureSchema = z.object({
  assetId: assetIdSchema,
  attempt: z.number().int().positive(),
  step: stepSchema,
  error: z.string(),
  /** As the workflow gave it: JSON with errorMessage and trace where a Lambda threw. */
  cause: z.string(),
  reason: z.string(),
  failedAt: z.iso.datetime({ offset: true }),
});
export type Failure = z.infer<typeof failureSchema>;

/** SQS takes 1 MiB a message (256 KiB before 2025); a Cause has at most 32 KiB, and this is enough to read. */
const maxCauseCharacters = 16_000;
/** While a drain looks at the others; messages it leaves are shown again at its end. */
const drainVisibilitySeconds = 60;
const maxDrainedMessages = 10_000;
const batchMessages = 10;

/** The queue that holds failed attempts until somebody redrives them. */
export class FailureQueue {
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

  async send(failure: Failure): Promise<void> {
    const message = failureSchema.parse({ ...failure, cause: failure.cause.slice(0, maxCauseCharacters) });
    await this.#client.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: JSON.stringify(message) }));
  }

  /**
   * Takes out the messages of which `isSettled` holds, and leaves the others, unreadable ones included.
   * @returns how many it took out and how many it saw and left.
   */
  async drain(isSettled: (failure: Failure) => boolean): Promise<{ taken: number; left: number }> {
    const left: Message[] = [];
    let taken = 0;
    while (taken + left.length < maxDrainedMessages) {
      const messages = await this.#receive();
      if (messages.length === 0) break;
      for (const message of messages) {
        if (isOf(message, isSettled)) {
          await this.#delete(message);
          taken += 1;
        } else left.push(message);
      }
    }
    for (const message of left) await this.#showAgain(message);
    return { taken, left: left.length };
  }

  async #receive(): Promise<Message[]> {
    const answer = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: batchMessages,
        VisibilityTimeout: drainVisibilitySeconds,
        WaitTimeSeconds: 1,
      }),
    );
    return answer.Messages ?? [];
  }

  async #delete({ ReceiptHandle }: Message): Promise<void> {
    await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
  }

  async #showAgain({ ReceiptHandle }: Message): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: this.#queueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  }
}

function isOf(message: Message, isSettled: (failure: Failure) => boolean): boolean {
  try {
    return isSettled(failureSchema.parse(JSON.parse(message.Body ?? '')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return false;
    throw error;
  }
}
