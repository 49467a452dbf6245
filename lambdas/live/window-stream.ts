import type { WindowGeometry } from '../detection/windows.ts';

/** One window's frames laid end to end, and which of them count. */
export interface LiveWindow {
  bytes: Buffer;
  /** Place of the first frame that counts within the window, and how many do. */
  offset: number;
  count: number;
}

/**
 * Cuts a running feed into windows, carrying the frames of one window from one to the next. On the archive's geometry
 * they are the archive's windows, byte for byte, the filled-up ends included.
 */
export class WindowStream {
  readonly #geometry: WindowGeometry;
  #held: Buffer[] = [];
  #received = 0;
  #counted = 0;

  constructor(geometry: WindowGeometry) {
    this.#geometry = geometry;
  }

  /** @returns the window that this frame completes. */
  push(frame: Buffer): LiveWindow[] {
    if (this.#received === 0) this.#held = Array.from({ length: this.#geometry.contextFrames }, () => frame);
    this.#held.push(frame);
    this.#received += 1;
    return this.#held.length === this.#geometry.windowFrames ? [this.#take(this.#geometry.strideFrames)] : [];
  }

  /** The feed has ended: windows for the frames that none has counted, filled up with the last one. */
  flush(): LiveWindow[] {
    const last = this.#held.at(-1);
    const windows: LiveWindow[] = [];
    while (last !== undefined && this.#counted < this.#received) {
      while (this.#held.length < this.#geometry.windowFrames) this.#held.push(last);
      windows.push(this.#take(Math.min(this.#geometry.strideFrames, this.#received - this.#counted)));
    }
    return windows;
  }

  #take(count: number): LiveWindow {
    const bytes = Buffer.concat(this.#held);
    this.#held = this.#held.slice(this.#geometry.strideFrames);
    this.#counted += count;
    return { bytes, offset: this.#geometry.contextFrames, count };
  }
}
