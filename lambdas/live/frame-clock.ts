/** How a frame follows the one before it. */
export type Succession =
  | { kind: 'start' }
  | { kind: 'continues' }
  /** The feed's clock was set while frames kept coming: nothing is missing. */
  | { kind: 'jump' }
  /** Frames are missing. */
  | { kind: 'gap'; seconds: number }
  /** A frame that came before the connection was renewed. */
  | { kind: 'repeated' };

export interface FrameClockOptions {
  framesPerSecond: number;
  /** Segments arrive in bursts: when a frame arrives says little, its timestamp says much. */
  isSegmented: boolean;
}
export interface SeenFrame {
  /** Presentation time on the feed's clock. */
  seconds: number;
  arrivedAtMilliseconds: number;
  /** Whether it is the first one of a renewed connection. */
  isReconnected: boolean;
}

/** Timestamps further apart than this do not belong to neighbours, even at the lowest rates of television. */
const longestStepSeconds = 0.5;
/** A playlist shows the last minute or so: a renewed connection begins there. */
const replayedSeconds = 60;
/** The share of a change by which lateness grows with each frame: it follows two clocks that drift, not one stall. */
const latenessGrowth = 0.0005;

interface LastFrame {
  seconds: number;
  instant: number;
}

/**
 * Tells a set clock from a gap: where timestamps leap, the wall clock says whether frames were missing meanwhile. Gives
 * each frame an instant that runs as evenly as the feed's own clock does.
 */
export class FrameClock {
  readonly #options: FrameClockOptions;
  #last: LastFrame | undefined;
  #skipsUntil: number | undefined;
  #lateness = 0;

  constructor(options: FrameClockOptions) {
    this.#options = options;
  }

  /** Milliseconds since 1970 of the last frame that counted, but for `lateness`. */
  get instant(): number {
    return this.#last?.instant ?? 0;
  }

  /**
   * Milliseconds by which frames arrive after their instants at least. Negative as a rule: the first frame, by which
   * instants are set, has waited for the decoder to learn what the feed is.
   */
  get lateness(): number {
    return this.#lateness;
  }

  see(frame: SeenFrame): Succession {
    const succession = this.#judge(frame);
    if (succession.kind === 'repeated') return succession;
    const instant = this.#instantOf(frame, succession);
    this.#last = { seconds: frame.seconds, instant };
    const lateness = frame.arrivedAtMilliseconds - instant;
    this.#lateness =
      succession.kind === 'start' || lateness < this.#lateness
        ? lateness
        : this.#lateness + (lateness - this.#lateness) * latenessGrowth;
    return succession;
  }

  #judge({ seconds, arrivedAtMilliseconds, isReconnected }: SeenFrame): Succession {
    const last = this.#last;
    if (last === undefined) return { kind: 'start' };
    const step = seconds - last.seconds;
    if (this.#isRepeated(last, step, isReconnected)) return { kind: 'repeated' };
    if (step > 0 && step <= longestStepSeconds) return { kind: 'continues' };
    // Counted from when the last frame was due: what was stuck on the way comes out together with what follows it.
    const silence = Math.max(0, arrivedAtMilliseconds - last.instant - this.#lateness) / 1000;
    if (isReconnected) return { kind: 'gap', seconds: silence };
    if (!this.#options.isSegmented) return silence > longestStepSeconds ? { kind: 'gap', seconds: silence } : jump;
    return step > 0 && step <= replayedSeconds ? { kind: 'gap', seconds: step } : jump;
  }

  #isRepeated(last: LastFrame, step: number, isReconnected: boolean): boolean {
    if (!this.#options.isSegmented) return false;
    if (isReconnected) this.#skipsUntil = step <= 0 && step > -replayedSeconds ? last.seconds : undefined;
    if (this.#skipsUntil !== undefined && step <= 0) return true;
    this.#skipsUntil = undefined;
    return false;
  }

  #instantOf(frame: SeenFrame, { kind }: Succession): number {
    const last = this.#last;
    if (last === undefined) return frame.arrivedAtMilliseconds;
    if (kind === 'gap') return frame.arrivedAtMilliseconds - this.#lateness;
    if (kind === 'jump') return last.instant + 1000 / this.#options.framesPerSecond;
    return last.instant + (frame.seconds - last.seconds) * 1000;
  }
}

const jump: Succession = { kind: 'jump' };
