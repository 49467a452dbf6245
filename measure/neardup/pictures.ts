import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { places, root } from '../../setup/places.ts';
import footage from '../shots/benchmark/footage.json' with { type: 'json' };

export type Half = 'tuning' | 'reporting';

/** One picture that is no near-duplicate of any other one. */
export interface Picture {
  name: string;
  bytes: Buffer;
  /** Pictures of one family are hard to tell apart: of one scene, one texture, like skies. */
  family: string;
  kind: 'photo' | 'another shot' | 'seconds apart' | 'texture' | 'sky';
}

/** Frames of one scene are taken this far apart: something has moved by then. */
const secondsApart = 2;
/** Shots that are shorter have no frame that is clear of their cuts. */
const minShotFrames = 12;
const tileSide = 256;
const maxTilesPerTexture = 8;
const skies = 16;
const textures = ['brick', 'grass', 'gravel'];

/**
 * Which frames, pieces and skies of its own ranges a half takes. The reporting half's are moved, and its numbers changed,
 * whenever settings were chosen after a look at it; its few photos and its scenes stay the same.
 */
interface Choice {
  /** Of a shot's length. */
  placeInShot: number;
  /** Of the distance between two frames of one scene. */
  firstFrame: number;
  /** Of a piece's side. */
  tileShift: number;
  seed: number;
}
const choices: Readonly<Record<Half, Choice>> = {
  tuning: { placeInShot: 0.5, firstFrame: 0, tileShift: 0, seed: 1000 },
  reporting: { placeInShot: 0.7, firstFrame: 0.25, tileShift: 0.25, seed: 9000 },
};

/** The random choices of a half's variants. */
export const seedOf = (half: Half): number => choices[half].seed;

/** Every picture of a half: the halves share none. */
export async function readPictures(half: Half): Promise<Picture[]> {
  const photos = footage.photos[half].filter((file) => !textures.some((texture) => file.includes(`/${texture}.`)));
  const made = await Promise.all(photos.map(readPhoto));
  return [...made, ...(await frames(half)), ...(await tiles(half)), ...(await drawnSkies(half))];
}

const encoded = (image: Sharp): Promise<Buffer> => image.jpeg({ quality: 95 }).toBuffer();

async function readPhoto(file: string): Promise<Picture> {
  const bytes = await encoded(sharp(path.join(root, file)).flatten({ background: '#ffffff' }));
  return { name: path.basename(file), bytes, family: file, kind: 'photo' };
}

async function frames(half: Half): Promise<Picture[]> {
  const found: Picture[] = [];
  for (const { name, file, isEdited, cutsAfter, ranges } of footage.videos) {
    const range = (ranges as Partial<Record<Half, number[]>>)[half];
    if (range === undefined) continue;
    const [first = 0, last = 0] = range;
    const shots = shotsWithin(cutsAfter, first, last);
    const wanted = isEdited
      ? shots.map(([from, to]) => Math.floor(from + (to - from) * choices[half].placeInShot))
      : everySeconds(first, last, framesPerSecondOf(file), choices[half].firstFrame);
    for (const [frame, bytes] of await readFrames(file, wanted))
      found.push({
        name: `${name} ${frame}`,
        bytes,
        family: isEdited ? `${name} ${frame}` : name,
        kind: isEdited ? 'another shot' : 'seconds apart',
      });
  }
  return found;
}

/** First and last frames of the shots that are whole within a range. */
export function shotsWithin(cutsAfter: readonly number[], first: number, last: number): [number, number][] {
  const ends = [...cutsAfter.filter((cut) => cut >= first && cut < last), last];
  return ends
    .map((end, at): [number, number] => [at === 0 ? first : (ends[at - 1] as number) + 1, end])
    .filter(([from, to]) => to - from + 1 >= minShotFrames);
}

const everySeconds = (first: number, last: number, framesPerSecond: number, shift: number): number[] => {
  const step = Math.round(framesPerSecond * secondsApart);
  const start = first + Math.round(step * shift);
  return Array.from({ length: Math.floor((last - start) / step) + 1 }, (_, at) => start + at * step);
};

export function framesPerSecondOf(file: string): number {
  const rate = execFileSync(
    places.ffprobe,
    ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=avg_frame_rate', '-of', 'csv=p=0', file],
    { cwd: root, encoding: 'utf8' },
  );
  const [numerator = 25, denominator = 1] = rate.trim().split('/').map(Number);
  return numerator / denominator;
}

export async function readFrames(file: string, wanted: readonly number[]): Promise<[number, Buffer][]> {
  if (wanted.length === 0) return [];
  const folder = mkdtempSync(path.join(tmpdir(), 'neardup-frames-'));
  try {
    const select = wanted.map((frame) => `eq(n\\,${frame})`).join('+');
    execFileSync(
      places.ffmpeg,
      [
        '-v',
        'error',
        '-i',
        file,
        '-vf',
        `select='${select}'`,
        '-fps_mode',
        'passthrough',
        path.join(folder, '%04d.png'),
      ],
      { cwd: root },
    );
    const files = readdirSync(folder).sort();
    return await Promise.all(
      files.map(
        async (each, at): Promise<[number, Buffer]> => [
          wanted[at] as number,
          await encoded(sharp(readFileSync(path.join(folder, each)))),
        ],
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pieces of one surface that do not overlap; the halves take other rows of it. */
async function tiles(half: Half): Promise<Picture[]> {
  const found: Picture[] = [];
  for (const texture of textures) {
    const file = path.join(places.samples, 'originals', 'scikit-image', `${texture}.png`);
    const { width, height } = await sharp(file).metadata();
    const side = Math.min(tileSide, Math.floor(Math.min(width, height) / 4));
    const [top0, top1] = half === 'tuning' ? [0, Math.floor(height / 2)] : [Math.floor(height / 2), height];
    const shift = Math.floor(side * choices[half].tileShift);
    for (let top = top0 + shift; top + side <= top1; top += side)
      for (let left = shift; left + side <= width; left += side) {
        if (found.filter(({ family }) => family === texture).length === maxTilesPerTexture) continue;
        const piece = sharp(file).extract({ left, top, width: side, height: side }).resize(640, 640);
        found.push({
          name: `${texture} ${left},${top}`,
          bytes: await encoded(piece),
          family: texture,
          kind: 'texture',
        });
      }
  }
  return found;
}

/** Skies of one evening: one gradient, other clouds, one skyline. */
async function drawnSkies(half: Half): Promise<Picture[]> {
  return Promise.all(
    Array.from({ length: skies }, async (_, at): Promise<Picture> => {
      const random = seeded(choices[half].seed + at);
      const clouds = Array.from({ length: 14 }, () => {
        const [x, y, wide, high] = [random() * 800, random() * 380, 40 + random() * 160, 8 + random() * 40];
        return `<ellipse cx="${x}" cy="${y}" rx="${wide}" ry="${high}" fill="#fff" fill-opacity="${0.15 + random() * 0.5}"/>`;
      });
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="533"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#2b5d9b"/><stop offset="1" stop-color="#f2c48d"/></linearGradient></defs><rect width="800" height="533" fill="url(#g)"/>${clouds.join('')}<path d="M0 533V470h90v-40h60v55h120v-80h40v80h160v-30h90v45h130v-70h50v103z" fill="#222"/></svg>`;
      const bytes = await encoded(sharp(Buffer.from(svg)).blur(1.2));
      return { name: `sky ${at}`, bytes, family: 'sky', kind: 'sky' };
    }),
  );
}

/** A generator of numbers in [0, 1) that always gives the same ones (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
