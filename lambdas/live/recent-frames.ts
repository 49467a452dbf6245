/** What is kept of a frame beside its small picture. */
export interface KeptFrame {
  /** Milliseconds since 1970. */
  instant: number;
  /** A JPEG of moderate size; absent where the feed gave none. */
  picture: Buffer | undefined;
}

/** A clip shows at most the first minute of a shot at 25 frames a second. */
export const mostClipFrames = 1500;
/** Frames on whose shot nothing is decided yet: longer than a window, a transition and the longest wait for the model. */
const undecidedFrames = 1100;

/**
 * Pictures and times of the shot that is running and of the frames that nothing is decided on. However long the shot,
 * at most 2,600 frames are held: its first minute and the latest ones.
 */
export class RecentFrames {
  readonly #kept = new Map<number, KeptFrame>();
  #head = 0;
  #next = 0;
  #tail = 0;

  /** @returns the frame's number. */
  add(frame: KeptFrame): number {
    const number = this.#next;
    this.#kept.set(number, frame);
    this.#next += 1;
    for (; this.#tail < this.#next - undecidedFrames; this.#tail += 1)
      if (this.#tail >= this.#head + mostClipFrames) this.#kept.delete(this.#tail);
    return number;
  }

  get next(): number {
    return this.#next;
  }

  /** The frame, or the nearest one before it that is still held, or the first of all. */
  instantOf(frame: number): number {
    for (let near = Math.min(frame, this.#next - 1); near >= this.#head; near -= 1) {
      const kept = this.#kept.get(near);
      if (kept !== undefined) return kept.instant;
    }
    return this.#kept.values().next().value?.instant ?? 0;
  }

  picture(frame: number): Buffer | undefined {
    return this.#kept.get(frame)?.picture;
  }

  /** Everything before this frame belongs to shots that have ended. */
  forgetBefore(frame: number): void {
    for (const number of this.#kept.keys()) {
      if (number >= frame) break;
      this.#kept.delete(number);
    }
    this.#head = Math.max(this.#head, frame);
  }
}
