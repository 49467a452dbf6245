import pRetry from 'p-retry';
import type { EventBus } from '../clients/event-bus.ts';
import type { LiveEvent, ShotEnded } from '../contracts/live.ts';
import type { ShotPictures } from './file-shot.ts';

export interface DeliveryDependencies {
  events: Pick<EventBus, 'put'>;
  file(shot: ShotEnded, pictures: ShotPictures): Promise<string>;
  onDelivered(what: { event: LiveEvent; tookMilliseconds: number } | { shot: ShotEnded; assetId: string }): void;
  onLost(what: { eventId: string; part: 'event' | 'clip' }, error: unknown): void;
}

/** Nine minutes of tries: an outage of either service is far shorter, and a shot is dear. */
const retry = { retries: 60, minTimeout: 250, maxTimeout: 10_000, randomize: true };

/**
 * Sees events and clips on their way in the order they came, each until it is confirmed, without holding up the feed.
 * Clips go one by one: making one takes a core for a second.
 */
export class Delivery {
  readonly #dependencies: DeliveryDependencies;
  #events: Promise<void> = Promise.resolve();
  #clips: Promise<void> = Promise.resolve();

  constructor(dependencies: DeliveryDependencies) {
    this.#dependencies = dependencies;
  }

  publish(event: LiveEvent): void {
    const { events, onDelivered, onLost } = this.#dependencies;
    const known = performance.now();
    this.#events = this.#events.then(() =>
      pRetry(() => events.put({ ...event, time: new Date() }), retry).then(
        () => onDelivered({ event, tookMilliseconds: performance.now() - known }),
        (error: unknown) => onLost({ eventId: event.detail.eventId, part: 'event' }, error),
      ),
    );
  }

  file(shot: ShotEnded, pictures: ShotPictures): void {
    const { file, onDelivered, onLost } = this.#dependencies;
    this.#clips = this.#clips.then(() =>
      pRetry(() => file(shot, pictures), retry).then(
        (assetId) => onDelivered({ shot, assetId }),
        (error: unknown) => onLost({ eventId: shot.eventId, part: 'clip' }, error),
      ),
    );
  }

  /** Resolves when everything handed over so far has been confirmed, or is counted as lost. */
  async settled(): Promise<void> {
    await Promise.all([this.#events, this.#clips]);
  }
}
