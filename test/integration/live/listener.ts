import { type LiveEvent, liveEventTypes, type ShotEnded } from '../../../lambdas/contracts/live.ts';
import { Delivery } from '../../../lambdas/live/delivery.ts';
import { parseFeedAddress } from '../../../lambdas/live/feed-address.ts';
import { openFeed } from '../../../lambdas/live/feed-reader.ts';
import type { ShotPictures } from '../../../lambdas/live/file-shot.ts';
import { geometries } from '../../../lambdas/live/geometry.ts';
import { type EndReason, LiveSession } from '../../../lambdas/live/live-session.ts';
import { runFeed } from '../../../lambdas/live/run-feed.ts';
import { liveModel } from '../../lambdas/live/live-model.ts';
import { mediaTools } from '../../lambdas/support/clips.ts';
import { colourDifferenceEndpoint } from '../../lambdas/support/colour-difference-endpoint.ts';

/** The live service on a feed, with a double for the model and lists for what it delivers. */
export class Listener {
  readonly events: LiveEvent[] = [];
  readonly filed: { shot: ShotEnded; pictures: ShotPictures }[] = [];
  readonly complaints: string[] = [];
  frames = 0;
  readonly #stop = new AbortController();
  readonly #run: Promise<EndReason>;
  readonly #delivery: Delivery;

  constructor(address: string, mode: 'normal' | 'low-latency' = 'normal') {
    const source = parseFeedAddress(address);
    this.#delivery = new Delivery({
      events: { put: async ({ type, detail }) => void this.events.push({ type, detail } as LiveEvent) },
      file: async (shot, pictures) => {
        this.filed.push({ shot, pictures });
        return 'a'.repeat(64);
      },
      onDelivered: () => {},
      onLost: (_, error) => {
        throw error;
      },
    });
    const session = new LiveSession({
      feed: { name: 'test', title: 'Test feed', desk: 'world', mode },
      sessionId: 'test-session',
      isSegmented: source.isSegmented,
      originalsBucket: 'originals',
      endpoint: colourDifferenceEndpoint(geometries[mode]),
      model: liveModel,
      delivery: this.#delivery,
      onGap: () => {},
    });
    this.#run = runFeed(
      {
        address: source,
        session,
        open: () => openFeed(mediaTools, source),
        onFrame: () => {
          this.frames += 1;
        },
        onDisconnected: ({ complaint }) => this.complaints.push(complaint),
      },
      this.#stop.signal,
    );
    this.#run.catch(() => {});
  }

  get shots(): ShotEnded[] {
    return this.events.flatMap((event) => (event.type === liveEventTypes.shotEnded ? [event.detail] : []));
  }

  get gaps(): Extract<LiveEvent, { type: 'Feed Gap Ended' }>['detail'][] {
    return this.events.flatMap((event) => (event.type === liveEventTypes.gapEnded ? [event.detail] : []));
  }

  /** Lets the feed run to its end. */
  async ended(): Promise<EndReason> {
    const reason = await this.#run;
    await this.#delivery.settled();
    return reason;
  }

  async stop(): Promise<EndReason> {
    this.#stop.abort();
    return this.ended();
  }
}
