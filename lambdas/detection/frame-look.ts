import { frameSize } from './frames.ts';

/** Cells of a look's picture: enough to tell one picture from another, few enough for 720,000 frames of eight hours. */
export const lookGrid = { columns: 8, rows: 5 } as const;
const cells = lookGrid.columns * lookGrid.rows;

/**
 * What is kept of each small frame once its window has been sent. Luma runs from 0 to 255; every number is rounded to
 * what `packLook` keeps, so that a look that was stored and one that was not lead to the same shots.
 */
export interface FrameLook {
  /** Mean of luma. */
  brightness: number;
  /** Standard deviation of luma: low for black, white, blurred and empty pictures. */
  contrast: number;
  /** Mean absolute change of luma since the frame before; 0 for the first. */
  motion: number;
  /** Mean absolute difference of luma between neighbouring pixels: lower for blurred pictures of the same scene. */
  sharpness: number;
  /** Means of the colour differences as Rec. 601 has them, 128 for grey. */
  cb: number;
  cr: number;
  /** Mean luma of 8 x 5 cells, row by row, a byte each. */
  cells: Uint8Array;
}

const singleNumbers = 6;
/** Bytes of a packed look: the numbers in a byte each, then the cells. */
export const lookBytes = singleNumbers + cells;

/** Contrast is at most 127.5; motion and sharpness above 63.75 tell nothing more. */
const steps = { brightness: 1, contrast: 2, motion: 4, sharpness: 4 } as const;
const rounded = (value: number, step: number): number => Math.min(255, Math.round(value * step)) / step;

export function packLook(look: FrameLook, into: Uint8Array, offset = 0): void {
  into[offset] = look.brightness * steps.brightness;
  into[offset + 1] = look.contrast * steps.contrast;
  into[offset + 2] = look.motion * steps.motion;
  into[offset + 3] = look.sharpness * steps.sharpness;
  into[offset + 4] = look.cb;
  into[offset + 5] = look.cr;
  into.set(look.cells, offset + singleNumbers);
}

/** The look at `offset`; its cells are a view of `bytes`. */
export const unpackLook = (bytes: Uint8Array, offset = 0): FrameLook => ({
  brightness: (bytes[offset] ?? 0) / steps.brightness,
  contrast: (bytes[offset + 1] ?? 0) / steps.contrast,
  motion: (bytes[offset + 2] ?? 0) / steps.motion,
  sharpness: (bytes[offset + 3] ?? 0) / steps.sharpness,
  cb: bytes[offset + 4] ?? 0,
  cr: bytes[offset + 5] ?? 0,
  cells: bytes.subarray(offset + singleNumbers, offset + lookBytes),
});

/** How different two frames look, in luma from 0 to 255: mean absolute difference of the cells and of the whole's colour. */
export function lookDistance(one: FrameLook, other: FrameLook): number {
  let sum = 0;
  for (let cell = 0; cell < cells; cell += 1) sum += Math.abs((one.cells[cell] ?? 0) - (other.cells[cell] ?? 0));
  return sum / cells + (Math.abs(one.cb - other.cb) + Math.abs(one.cr - other.cr)) / 2;
}

const { width, height } = frameSize;
const cellOf = Uint8Array.from({ length: width * height }, (_, pixel) => {
  const column = Math.floor(((pixel % width) * lookGrid.columns) / width);
  const row = Math.floor((Math.floor(pixel / width) * lookGrid.rows) / height);
  return row * lookGrid.columns + column;
});
const pixelsInCell = new Uint16Array(cells);
for (const cell of cellOf) pixelsInCell[cell] = (pixelsInCell[cell] ?? 0) + 1;

/** Sums up one frame after another; holds the luma of one. A chunk's first look needs the frame before it looked at too. */
export class FrameObserver {
  #before: Float32Array | undefined;

  /** @param frame 48 x 27 pixels of RGB, row by row. */
  look(frame: Uint8Array): FrameLook {
    const pixels = width * height;
    const luma = new Float32Array(pixels);
    const sums = new Float64Array(cells);
    let sum = 0;
    let squares = 0;
    let change = 0;
    let differences = 0;
    let red = 0;
    let blue = 0;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      // Rec. 601 weights: of the gamma-coded values, as everywhere in video.
      const value =
        0.299 * (frame[pixel * 3] ?? 0) + 0.587 * (frame[pixel * 3 + 1] ?? 0) + 0.114 * (frame[pixel * 3 + 2] ?? 0);
      luma[pixel] = value;
      red += frame[pixel * 3] ?? 0;
      blue += frame[pixel * 3 + 2] ?? 0;
      sum += value;
      squares += value * value;
      change += Math.abs(value - (this.#before?.[pixel] ?? value));
      if (pixel % width > 0) differences += Math.abs(value - (luma[pixel - 1] ?? 0));
      if (pixel >= width) differences += Math.abs(value - (luma[pixel - width] ?? 0));
      const cell = cellOf[pixel] ?? 0;
      sums[cell] = (sums[cell] ?? 0) + value;
    }
    this.#before = luma;
    const mean = sum / pixels;
    const neighbours = height * (width - 1) + width * (height - 1);
    return {
      brightness: rounded(mean, steps.brightness),
      contrast: rounded(Math.sqrt(Math.max(0, squares / pixels - mean * mean)), steps.contrast),
      motion: rounded(change / pixels, steps.motion),
      sharpness: rounded(differences / neighbours, steps.sharpness),
      cb: rounded(128 + (blue / pixels - mean) * 0.564, 1),
      cr: rounded(128 + (red / pixels - mean) * 0.713, 1),
      cells: Uint8Array.from(sums, (value, cell) => Math.round(value / (pixelsInCell[cell] ?? 1))),
    };
  }
}
