import pRetry from 'p-retry';
import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import type { ShotsModel } from '../contracts/models.ts';
import { FrameObserver } from '../detection/frame-look.ts';
import { type EndedShot, TransitionTracker } from '../detection/transition-tracker.ts';
import type { WindowGeometry } from '../detection/windows.ts';
import { RetryableError } from '../runtime/errors.ts';
import { askForWindows } from './ask-for-windows.ts';
import { type LiveWindow, WindowStream } from './window-stream.ts';

export interface LiveDetectorOptions {
  endpoint: Pick<ModelEndpoint, 'invokeJson'>;
  model: Pick<ShotsModel, 'postprocessing' | 'limits'>;
  geometry: WindowGeometry;
  framesPerSecond: number;
  /** `isEnd`: the last one ended with the stretch, not by a transition. */
  onShots(shots: EndedShot[], isEnd: boolean): void;
}

/** An endpoint that changes its instance is away for a minute; the feed's own limit of frames that wait comes first. */
const retry = { retries: 20, minTimeout: 200, maxTimeout: 5_000, randomize: true };

/**
 * The shot detector over one unbroken stretch of a feed. Frames are taken at once and wait in windows for the model,
 * which is asked for one request at a time: all the windows that have gathered, so that it catches up after a pause.
 */
export class LiveDetector {
  readonly #options: LiveDetectorOptions;
  readonly #observer = new FrameObserver();
  readonly #windows: WindowStream;
  readonly #tracker: TransitionTracker;
  #waiting: LiveWindow[] = [];
  #working: Promise<void> | undefined;
  #failure: unknown;

  constructor(options: LiveDetectorOptions) {
    this.#options = options;
    this.#windows = new WindowStream(options.geometry);
    this.#tracker = new TransitionTracker({
      settings: options.model.postprocessing,
      framesPerSecond: options.framesPerSecond,
    });
  }

  /** Frames in windows that the model has not answered. */
  get waitingFrames(): number {
    return this.#waiting.length * this.#options.geometry.strideFrames;
  }

  /** @param frame 48 x 27 pixels of RGB. @throws what the endpoint threw at last for an earlier window. */
  push(frame: Buffer): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#report(this.#tracker.addLook(this.#observer.look(frame)));
    this.#enqueue(this.#windows.push(frame));
  }

  /** Ends the stretch: asks for what is left and reports the last shot. */
  async flush(): Promise<void> {
    this.#enqueue(this.#windows.flush());
    while (this.#working !== undefined) await this.#working;
    if (this.#failure !== undefined) throw this.#failure;
    this.#report(this.#tracker.flush(), true);
  }

  /** Ends the stretch with what the model has answered so far: the frames that wait are given up. */
  abandon(): void {
    this.#waiting = [];
    this.#report(this.#tracker.flush(), true);
  }

  #report(shots: EndedShot[], isEnd = false): void {
    if (shots.length > 0) this.#options.onShots(shots, isEnd);
  }

  #enqueue(windows: LiveWindow[]): void {
    this.#waiting.push(...windows);
    if (this.#working !== undefined || this.#waiting.length === 0) return;
    this.#working = this.#work()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const windows = this.#waiting.slice(0, this.#options.model.limits.maxBatch);
      const probabilities = await pRetry(() => askForWindows(this.#options.endpoint, windows), {
        ...retry,
        shouldRetry: ({ error }) => error instanceof RetryableError && this.#waiting.length > 0,
      });
      // Abandoned meanwhile: nobody waits for these any more.
      if (this.#waiting.length === 0) return;
      this.#waiting = this.#waiting.slice(windows.length);
      for (const probability of probabilities) this.#report(this.#tracker.addProbabilities(probability));
    }
  }
}
