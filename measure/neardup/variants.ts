import sharp, { type Sharp } from 'sharp';

/** What is done to a picture between its first and its second arrival. */
export interface Variant {
  kind: string;
  /** Share of the originals that must be found again; undefined is told, but no target. */
  wantedRecall?: number;
  /** The shortest long side, in pixels, of a picture that anybody would do this to. */
  minSide?: number;
  make(picture: Buffer, size: { width: number; height: number }, random: () => number): Promise<Buffer>;
}

const jpeg = (image: Sharp, quality = 88): Promise<Buffer> => image.jpeg({ quality }).toBuffer();

const crop =
  (share: number): Variant['make'] =>
  (picture, { width, height }, random) => {
    const [wide, high] = [Math.round(width * (1 - share)), Math.round(height * (1 - share))];
    const left = Math.floor(random() * (width - wide));
    const top = Math.floor(random() * (height - high));
    return jpeg(sharp(picture).extract({ left, top, width: wide, height: high }));
  };

const border =
  (colour: string, vertical: number, horizontal: number): Variant['make'] =>
  (picture, { width, height }) => {
    const [y, x] = [Math.round(height * vertical), Math.round(width * horizontal)];
    return jpeg(sharp(picture).extend({ top: y, bottom: y, left: x, right: x, background: colour }));
  };

const caption: Variant['make'] = (picture, { width, height }) => {
  const letters = Math.max(8, Math.round(height * 0.06));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect y="${height * 0.82}" width="${width}" height="${height * 0.18}" fill-opacity="0.75"/><text x="${width * 0.03}" y="${height * 0.93}" font-size="${letters}" fill="#fff" font-family="sans-serif">PARIS: Minister speaks to the press</text></svg>`;
  return jpeg(sharp(picture).composite([{ input: Buffer.from(svg) }]));
};

/**
 * Compression, size and light change no pixel's place: the issue of near-duplicates that must not be missed. A crop
 * takes landmarks away with it, the more the larger it is; a border or a caption makes the picture smaller or hides some.
 */
export const variants: readonly Variant[] = [
  { kind: 'jpeg 90', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture), 90) },
  { kind: 'jpeg 50', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture), 50) },
  { kind: 'jpeg 30', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture), 30) },
  { kind: 'webp 60', wantedRecall: 0.95, make: (picture) => sharp(picture).webp({ quality: 60 }).toBuffer() },
  {
    kind: 'to a quarter',
    wantedRecall: 0.95,
    minSide: 480,
    make: (picture, { width }) => jpeg(sharp(picture).resize(Math.round(width / 4))),
  },
  {
    kind: 'to 320 pixels',
    wantedRecall: 0.95,
    minSide: 400,
    make: (picture) => jpeg(sharp(picture).resize(320, 320, { fit: 'inside' })),
  },
  { kind: 'brighter', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture).linear(1, 30)) },
  { kind: 'darker', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture).linear(0.7, 0)) },
  { kind: 'more contrast', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture).linear(1.3, -38)) },
  { kind: 'greyscale', wantedRecall: 0.95, make: (picture) => jpeg(sharp(picture).greyscale()) },
  { kind: 'crop 5 %', wantedRecall: 0.95, make: crop(0.05) },
  { kind: 'crop 10 %', wantedRecall: 0.9, make: crop(0.1) },
  { kind: 'crop 20 %', wantedRecall: 0.85, make: crop(0.2) },
  { kind: 'white border', wantedRecall: 0.9, make: border('#ffffff', 0.08, 0.08) },
  { kind: 'black border', wantedRecall: 0.9, make: border('#000000', 0.08, 0.08) },
  { kind: 'letterbox', wantedRecall: 0.9, make: border('#000000', 0.15, 0) },
  { kind: 'caption', wantedRecall: 0.9, make: caption },
  { kind: 'mirrored', make: (picture) => jpeg(sharp(picture).flop()) },
];
