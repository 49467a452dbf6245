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

/**
 * Tells a set clock from a gap: where timestamps leap, the wall clock says whether frames were missing meanwhile. Gives
 * each frame an instant of the wall clock that runs as evenly as the feed's own clock does.
 */
export class FrameClock {
  readonly #options: FrameClockOptions;
  #last: { seconds: number; arrivedAtMilliseconds: number; instant: number } | undefined;
  #skipsUntil: number | undefined;

  constructor(options: FrameClockOptions) {
    this.#options = options;
  }

  /** Milliseconds since 1970 of the last frame that counted. */
  get instant(): number {
    return this.#last?.instant ?? 0;
  }

  see(frame: SeenFrame): Succession {
    const succession = this.#judge(frame);
    if (succession.kind === 'repeated') return succession;
    this.#last = {
      seconds: frame.seconds,
      arrivedAtMilliseconds: frame.arrivedAtMilliseconds,
      instant: this.#instantOf(frame, succession),
    };
    return succession;
  }

  #judge({ seconds, arrivedAtMilliseconds, isReconnected }: SeenFrame): Succession {
    if (this.#last === undefined) return { kind: 'start' };
    const step = seconds - this.#last.seconds;
    if (this.#isRepeated(step, isReconnected)) return { kind: 'repeated' };
    if (step > 0 && step <= longestStepSeconds) return { kind: 'continues' };
    const silence = Math.max(0, arrivedAtMilliseconds - this.#last.arrivedAtMilliseconds) / 1000;
    if (this.#options.isSegmented)
      return step > 0 && step <= replayedSeconds
        ? { kind: 'gap', seconds: step }
        : isReconnected
          ? { kind: 'gap', seconds: silence }
          : { kind: 'jump' };
    return silence > longestStepSeconds || isReconnected ? { kind: 'gap', seconds: silence } : { kind: 'jump' };
  }

  #isRepeated(step: number, isReconnected: boolean): boolean {
    if (!this.#options.isSegmented || this.#last === undefined) return false;
    if (isReconnected) this.#skipsUntil = step <= 0 && step > -replayedSeconds ? this.#last.seconds : undefined;
    if (this.#skipsUntil === undefined || step > 0) {
      this.#skipsUntil = undefined;
      return false;
    }
    return true;
  }

  #instantOf(frame: SeenFrame, { kind }: Succession): number {
    const last = this.#last;
    if (last === undefined || kind === 'start' || kind === 'gap') return frame.arrivedAtMilliseconds;
    if (kind === 'jump') return last.instant + 1000 / this.#options.framesPerSecond;
    return last.instant + (frame.seconds - last.seconds) * 1000;
  }
}
