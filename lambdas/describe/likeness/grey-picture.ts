import sharp, { type Sharp } from 'sharp';

/** A picture's brightness, row after row, 0 to 255. */
export interface GreyPicture {
  width: number;
  height: number;
  grey: Float32Array;
}

/** Longest side in pixels to which a picture is brought first: no more than its details need. */
const workingSide = 1024;
/** Longest side at which borders are looked for. */
const borderSide = 256;
/** The lines of a border differ in no pixel by more grey levels than an encoder leaves behind. */
const maxBorderRange = 12;
/** What is narrower than this is noise, and what would leave less than this of a side is no border. */
const minBorderShare = 0.012;
const minContentShare = 0.4;

const inside = { fit: 'inside' } as const;

/**
 * A picture in grey without its borders, upright, transparency on white, fitted into squares of these sides whether it
 * was smaller or larger.
 */
export async function readGrey(picture: Buffer, sides: readonly number[]): Promise<GreyPicture[]> {
  const { data, info } = await sharp(picture)
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .greyscale()
    .resize(workingSide, workingSide, { ...inside, withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const open = () => sharp(data, { raw: { width, height, channels } });
  const content = contentOf(await read(open().resize(borderSide, borderSide, inside)));
  const left = Math.ceil(content.left * width);
  const top = Math.ceil(content.top * height);
  const box = {
    left,
    top,
    width: Math.max(1, Math.floor(content.right * width) - left),
    height: Math.max(1, Math.floor(content.bottom * height) - top),
  };
  return Promise.all(sides.map((side) => read(open().extract(box).resize(side, side, inside))));
}

async function read(image: Sharp): Promise<GreyPicture> {
  const { data, info } = await image.greyscale().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, grey: Float32Array.from(data) };
}

/** What is left without uniform edges, as shares of width and height. */
export function contentOf({ width, height, grey }: GreyPicture): Record<'left' | 'right' | 'top' | 'bottom', number> {
  const rows = bordersOf(height, (y) => rangeOf(width, (x) => grey[y * width + x] as number));
  const columns = bordersOf(width, (x) => rangeOf(height, (y) => grey[y * width + x] as number));
  return { left: columns.before, right: 1 - columns.after, top: rows.before, bottom: 1 - rows.after };
}

interface Range {
  least: number;
  most: number;
}

function rangeOf(length: number, valueAt: (index: number) => number): Range {
  const range = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
  for (let index = 0; index < length; index++) {
    const value = valueAt(index);
    range.least = Math.min(range.least, value);
    range.most = Math.max(range.most, value);
  }
  return range;
}

/** Uniform lines at both ends, as shares of all. */
function bordersOf(length: number, lineAt: (index: number) => Range): { before: number; after: number } {
  const before = uniformLines(length, lineAt);
  const after = uniformLines(length, (index) => lineAt(length - 1 - index));
  return before + after > 1 - minContentShare ? { before: 0, after: 0 } : { before, after };
}

function uniformLines(length: number, lineAt: (index: number) => Range): number {
  let together = lineAt(0);
  let count = 0;
  while (count < length) {
    const line = lineAt(count);
    together = { least: Math.min(together.least, line.least), most: Math.max(together.most, line.most) };
    if (together.most - together.least > maxBorderRange) break;
    count += 1;
  }
  // One line more, which the resizing mixed of both.
  return count / length < minBorderShare ? 0 : (count + 1) / length;
}
