import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { RetryableError } from '../runtime/errors.ts';

/** Puts events of one source on a bus; an event has arrived only when EventBridge has said so for this very entry. */
export class EventBus {
  readonly #client: EventBridgeClient;
  readonly #busName: string;
  readonly #source: string;

  constructor({
    client,
    busName = 'default',
    source,
  }: { client: EventBridgeClient; busName?: string; source: string }) {
    this.#client = client;
    this.#busName = busName;
    this.#source = source;
  }

  /** @throws RetryableError EventsUnavailableError where the bus has not taken it. */
  async put({ type, detail, time }: { type: string; detail: object; time: Date }): Promise<void> {
    const entry = {
      EventBusName: this.#busName,
      Source: this.#source,
      DetailType: type,
      Detail: JSON.stringify(detail),
      Time: time,
    };
    const refused = await this.#client.send(new PutEventsCommand({ Entries: [entry] })).then(
      ({ FailedEntryCount = 0, Entries = [] }) =>
        FailedEntryCount === 0 ? undefined : (Entries[0]?.ErrorMessage ?? Entries[0]?.ErrorCode ?? 'no reason given'),
      (error: Error) => error.message,
    );
    if (refused !== undefined) throw new RetryableError('EventsUnavailableError', `${type} was not taken: ${refused}`);
  }
}
