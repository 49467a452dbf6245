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

/** Of the height: what is left without the upper or the lower edge, where captions are burnt in. */
const besideCaption = 0.75;

const inside = { fit: 'inside' } as const;

/** In pixels of the picture that it was cut from. */
interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a picture shows in one part of it, squeezed into a square, and where that part lies in the picture itself. */
export interface PicturePart {
  square: GreyPicture;
  /** Shares of the width and the height of the picture without its borders; beyond 0 and 1 where it lies on them. */
  middle: { x: number; y: number };
  width: number;
}

export interface ReadPicture {
  /** The whole picture without its borders, fitted into each of the sides asked for. */
  wholes: GreyPicture[];
  /** The picture without its lower edge and without its upper one, each without the borders that it has alone. */
  parts: PicturePart[];
}

/**
 * A picture in grey without its borders, upright, transparency on white, fitted into squares of these sides whether it
 * was smaller or larger; and its parts beside captions, `partSide` pixels wide and high.
 */
export async function readGrey(picture: Buffer, sides: readonly number[], partSide: number): Promise<ReadPicture> {
  const { data, info } = await sharp(picture)
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .greyscale()
    .resize(workingSide, workingSide, { ...inside, withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const open = () => sharp(data, { raw: { width, height, channels } });
  const withoutBorders = async (box: Box): Promise<Box> => {
    const content = contentOf(await read(open().extract(box).resize(borderSide, borderSide, inside)));
    const left = Math.ceil(content.left * box.width);
    const top = Math.ceil(content.top * box.height);
    return {
      left: box.left + left,
      top: box.top + top,
      width: Math.max(1, Math.floor(content.right * box.width) - left),
      height: Math.max(1, Math.floor(content.bottom * box.height) - top),
    };
  };
  const whole = await withoutBorders({ left: 0, top: 0, width, height });
  const partHeight = Math.max(1, Math.round(height * besideCaption));
  const boxes = await Promise.all(
    [0, height - partHeight].map((top) => withoutBorders({ left: 0, top, width, height: partHeight })),
  );
  const parts = boxes.map(
    async (box): Promise<PicturePart> => ({
      square: await read(open().extract(box).resize(partSide, partSide, { fit: 'fill' })),
      middle: {
        x: (box.left + box.width / 2 - whole.left) / whole.width,
        y: (box.top + box.height / 2 - whole.top) / whole.height,
      },
      width: box.width / whole.width,
    }),
  );
  return {
    wholes: await Promise.all(sides.map((side) => read(open().extract(whole).resize(side, side, inside)))),
    parts: await Promise.all(parts),
  };
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
