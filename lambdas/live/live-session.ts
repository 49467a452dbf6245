import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import type { S3Object } from '../contracts/assets.ts';
import { type Feed, type GapBegan, liveEventTypes, type ShotEnded } from '../contracts/live.ts';
import type { ShotsModel } from '../contracts/models.ts';
import { formatTimecode, frameAtSeconds, timecodeRate } from '../contracts/timecode.ts';
import type { EndedShot } from '../detection/transition-tracker.ts';
import type { Delivery } from './delivery.ts';
import type { FeedFrame } from './feed-reader.ts';
import { FrameClock, type Succession } from './frame-clock.ts';
import { geometries } from './geometry.ts';
import { LiveDetector } from './live-detector.ts';
import { clipKey } from './live-keys.ts';
import { mostClipFrames, RecentFrames } from './recent-frames.ts';

export interface SessionOptions {
  feed: Feed;
  sessionId: string;
  isSegmented: boolean;
  originalsBucket: string;
  endpoint: Pick<ModelEndpoint, 'invokeJson'>;
  model: ShotsModel;
  delivery: Pick<Delivery, 'publish' | 'file'>;
  onGap(gap: { cause: GapBegan['cause']; since: Date }): void;
  /** Sees each frame that belongs to a shot, with the session's number of it. */
  onTaken?(frame: FeedFrame, number: number): void;
}
export type EndReason = Exclude<ShotEnded['endReason'], 'transition'>;

/** More frames waiting for the model than this are given up, as a marked gap: nobody has looked at them. */
const mostWaitingSeconds = 30;
/** Frames that were on their way when the feed fell silent, and come out of the decoder when it speaks again. */
const mostStragglers = 16;
/** Pictures between a loss and the next whole one are damaged; a feed without whole ones is taken as it is. */
const mostDamaged = 250;
const secondsOfDay = 24 * 3600;

/** An unbroken stretch of the feed: frames of one detector. */
interface Stretch {
  detector: LiveDetector;
  /** The session's number of its first frame. */
  firstFrame: number;
  framesPerSecond: number;
  /** Why its last shot does not go on; set when it is closed. */
  closing: EndReason | undefined;
}
interface Gap {
  number: number;
  since: number;
  stragglers: number;
  damaged: number;
}

/**
 * One run on one feed: carries the detector's state from frame to frame, keeps gaps apart from cuts, and hands every
 * shot on as soon as it is known to have ended.
 */
export class LiveSession {
  readonly #options: SessionOptions;
  readonly #frames = new RecentFrames();
  #clock: FrameClock | undefined;
  #stretch: Stretch | undefined;
  #gap: Gap | undefined;
  #gaps = 0;
  #shots = 0;
  #closing: Promise<void> | undefined;
  /** Milliseconds since 1970. */
  lastFrameAt: number | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get waitingSeconds(): number {
    const stretch = this.#stretch;
    return stretch === undefined ? 0 : stretch.detector.waitingFrames / stretch.framesPerSecond;
  }

  /** Whether a gap has begun and not ended. */
  get isInGap(): boolean {
    return this.#gap !== undefined;
  }

  /** Takes the next frame. @throws what the model's endpoint threw at last where it will never answer. */
  async take(frame: FeedFrame, isReconnected: boolean): Promise<void> {
    await this.#closing;
    this.#clock ??= new FrameClock({
      framesPerSecond: frame.framesPerSecond,
      isSegmented: this.#options.isSegmented,
    });
    const succession = this.#clock.see({ ...frame, isReconnected });
    this.lastFrameAt = frame.arrivedAtMilliseconds;
    if (succession.kind === 'repeated' || this.#isStraggler(succession)) return;
    if (succession.kind === 'gap' && this.#gap === undefined) await this.beginGap('timestamps');
    if (this.#isDamaged(frame)) return;
    const { instant, lateness } = this.#clock;
    this.#endGap(instant + lateness);
    this.#stretch ??= this.#newStretch(frame.framesPerSecond);
    const number = this.#frames.add({ instant, picture: frame.picture });
    this.#options.onTaken?.(frame, number);
    this.#stretch.detector.push(frame.pixels);
    if (this.waitingSeconds > mostWaitingSeconds) await this.beginGap('overload');
  }

  /** Marks that frames are missing from here on, and closes the running shot. Nothing where that is already so. */
  async beginGap(cause: GapBegan['cause']): Promise<void> {
    if (this.#stretch === undefined || this.#gap !== undefined) return;
    const since = this.#moment(this.#frames.next - 1).getTime();
    const number = this.#gaps;
    this.#gap = { number, since, stragglers: 0, damaged: 0 };
    this.#gaps += 1;
    await this.#close('gap', cause === 'overload');
    this.#options.onGap({ cause, since: new Date(since) });
    this.#options.delivery.publish({
      type: liveEventTypes.gapBegan,
      detail: {
        ...this.#feedPart(`gap-${number}-began`),
        gap: number,
        since: new Date(since).toISOString(),
        cause,
      },
    });
  }

  /** Closes the running shot for good. */
  async finish(reason: EndReason): Promise<void> {
    await this.#closing;
    await this.#close(reason, false);
  }

  /** Frames that follow on what came before a gap belong to a shot that is closed. Where they go on, all is well again. */
  #isStraggler({ kind }: Succession): boolean {
    if (this.#gap === undefined || this.#gap.damaged > 0 || kind !== 'continues') return false;
    this.#gap.stragglers += 1;
    return this.#gap.stragglers <= mostStragglers;
  }

  #isDamaged({ isKey }: FeedFrame): boolean {
    if (this.#gap === undefined || isKey) return false;
    this.#gap.damaged += 1;
    return this.#gap.damaged <= mostDamaged;
  }

  /** When a frame was shown, by this machine's clock. */
  #moment(frame: number): Date {
    return new Date(this.#frames.instantOf(frame) + (this.#clock?.lateness ?? 0));
  }

  #endGap(instant: number): void {
    const gap = this.#gap;
    if (gap === undefined) return;
    this.#gap = undefined;
    this.#options.delivery.publish({
      type: liveEventTypes.gapEnded,
      detail: {
        ...this.#feedPart(`gap-${gap.number}-ended`),
        gap: gap.number,
        since: new Date(gap.since).toISOString(),
        until: new Date(instant).toISOString(),
        durationSeconds: Math.max(0, instant - gap.since) / 1000,
      },
    });
  }

  #newStretch(framesPerSecond: number): Stretch {
    const { endpoint, model, feed } = this.#options;
    const stretch: Stretch = {
      firstFrame: this.#frames.next,
      framesPerSecond,
      closing: undefined,
      detector: new LiveDetector({
        endpoint,
        model,
        geometry: geometries[feed.mode],
        framesPerSecond,
        onShots: (shots, isEnd) => {
          for (const [at, shot] of shots.entries()) this.#shotEnded(stretch, shot, isEnd && at === shots.length - 1);
        },
      }),
    };
    return stretch;
  }

  /** @param isAbandoned the frames that wait for the model are given up. */
  #close(reason: EndReason, isAbandoned: boolean): Promise<void> {
    const stretch = this.#stretch;
    if (stretch === undefined) return Promise.resolve();
    this.#stretch = undefined;
    stretch.closing = reason;
    const { detector } = stretch;
    this.#closing = (isAbandoned ? Promise.resolve(detector.abandon()) : detector.flush()).finally(() => {
      this.#closing = undefined;
      this.#frames.forgetBefore(this.#frames.next);
    });
    return this.#closing;
  }

  #shotEnded(stretch: Stretch, ended: EndedShot, isLast: boolean): void {
    const { delivery } = this.#options;
    const shot = this.#describe(stretch, ended, isLast);
    delivery.publish({ type: liveEventTypes.shotEnded, detail: shot });
    const pictures = this.#pictures(stretch, ended, shot);
    if (pictures !== undefined) delivery.file(shot, pictures);
    this.#frames.forgetBefore(shot.endFrame + 1);
    this.#shots += 1;
  }

  #describe({ firstFrame, framesPerSecond, closing }: Stretch, ended: EndedShot, isLast: boolean): ShotEnded {
    const { feed, sessionId, originalsBucket } = this.#options;
    const index = this.#shots;
    const startFrame = firstFrame + ended.startFrame;
    const endFrame = firstFrame + ended.endFrame;
    const startedAt = this.#moment(startFrame);
    const lastShownAt = this.#moment(endFrame);
    const endedAt = new Date(lastShownAt.getTime() + 1000 / framesPerSecond);
    const { kind, firstFrame: first, lastFrame: last, probability } = ended.transitionIn;
    const original: S3Object = { bucket: originalsBucket, key: clipKey(feed, sessionId, index, startedAt) };
    return {
      ...this.#feedPart(`shot-${index}`),
      index,
      startFrame,
      endFrame,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      durationSeconds: Math.max(0, endedAt.getTime() - startedAt.getTime()) / 1000,
      startTimecode: timeOfDay(startedAt, framesPerSecond),
      endTimecode: timeOfDay(lastShownAt, framesPerSecond),
      transitionIn: {
        kind: kind === 'start' && firstFrame > 0 ? 'gap' : kind,
        firstFrame: firstFrame + first,
        lastFrame: firstFrame + last,
        probability,
      },
      endReason: isLast && closing !== undefined ? closing : 'transition',
      original,
    };
  }

  /** @returns undefined where none of the shot's pictures is held any more. */
  #pictures({ firstFrame, framesPerSecond }: Stretch, { keyframes }: EndedShot, shot: ShotEnded) {
    const pictures: Buffer[] = [];
    const last = Math.min(shot.endFrame, shot.startFrame + mostClipFrames - 1);
    for (let frame = shot.startFrame; frame <= last; frame += 1) {
      const picture = this.#frames.picture(frame);
      if (picture !== undefined) pictures.push(picture);
    }
    const places = keyframes
      .map((candidates) => firstFrame + (candidates[0] as number) - shot.startFrame)
      .filter((place) => place < pictures.length);
    const middle = Math.floor(pictures.length / 2);
    return pictures.length === 0
      ? undefined
      : { framesPerSecond, pictures, keyframes: places.length > 0 ? places : [middle] };
  }

  #feedPart(event: string) {
    const { feed, sessionId } = this.#options;
    return { eventId: `${sessionId}/${event}`, feed: feed.name, title: feed.title, desk: feed.desk, sessionId };
  }
}

function timeOfDay(moment: Date, framesPerSecond: number): string {
  const rate = timecodeRate(framesPerSecond);
  return formatTimecode(frameAtSeconds((moment.getTime() / 1000) % secondsOfDay, rate), rate);
}
