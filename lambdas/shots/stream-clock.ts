import { formatTimecode, frameAtSeconds, parseTimecode, timecodeRate } from '../contracts/timecode.ts';
import type { VideoFacts } from './probe.ts';

/** A video's frames in time: 8 bytes a frame, whatever its length. */
export class StreamClock {
  readonly #facts: Pick<VideoFacts, 'framesPerSecond' | 'startTimecode'>;
  #starts = new Float64Array(1024);
  #count = 0;
  #end = 0;

  constructor(facts: Pick<VideoFacts, 'framesPerSecond' | 'startTimecode'>) {
    this.#facts = facts;
  }

  get frameCount(): number {
    return this.#count;
  }

  /** The next frames' presentation times, and when the last of them ends. */
  add(startMicroseconds: readonly number[], endMicroseconds: number): void {
    while (this.#count + startMicroseconds.length > this.#starts.length) {
      const grown = new Float64Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts.set(startMicroseconds, this.#count);
    this.#count += startMicroseconds.length;
    this.#end = endMicroseconds;
  }

  /** Seconds from the file's start, as the player counts. */
  seconds(frame: number): number {
    return Math.max(0, this.#start(frame)) / 1e6;
  }

  /** A shot lasts until the next frame is shown, whatever a frame says of its own duration. */
  endSeconds(frame: number): number {
    return Math.max(0, frame + 1 < this.#count ? this.#start(frame + 1) : this.#end) / 1e6;
  }

  /** Counts from the stream's own start timecode where it has one, else from the first frame. */
  timecode(frame: number): string {
    const own = this.#facts.startTimecode;
    const rate = timecodeRate(this.#facts.framesPerSecond, own === undefined ? {} : { isDropFrame: own.includes(';') });
    const firstFrame = own === undefined ? 0 : (parseTimecode(own, rate) ?? 0);
    const elapsed = (this.#start(frame) - this.#start(0)) / 1e6;
    return formatTimecode(firstFrame + frameAtSeconds(elapsed, rate), rate);
  }

  #start(frame: number): number {
    return this.#starts[frame] ?? 0;
  }
}
