import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ShotsFile } from '../../lambdas/contracts/shots.ts';
import { perceptualHash } from '../../lambdas/runtime/renditions.ts';
import { places, root } from '../../setup/places.ts';
import footage from '../shots/benchmark/footage.json' with { type: 'json' };
import { framesPerSecondOf, type Half, readFrames, shotsWithin } from './pictures.ts';

/** A piece of edited footage, whose cuts are known. */
export interface Clip {
  name: string;
  file: string;
  firstFrame: number;
  lastFrame: number;
  cutsAfter: readonly number[];
}
export interface VideoVariant {
  kind: string;
  wantedRecall?: number;
  /** Share that is cut off at each end. */
  trimmed: number;
  encoding: readonly string[];
}

const piecesPerHalf = 8;

export const videoVariants: readonly VideoVariant[] = [
  { kind: 'video: encoded again', wantedRecall: 0.95, trimmed: 0, encoding: ['-crf', '34'] },
  {
    kind: 'video: half as large',
    wantedRecall: 0.95,
    trimmed: 0,
    encoding: ['-vf', 'scale=trunc(iw/4)*2:trunc(ih/4)*2'],
  },
  { kind: 'video: trimmed by 10 %', wantedRecall: 0.9, trimmed: 0.05, encoding: ['-crf', '28'] },
  { kind: 'video: the middle half alone', trimmed: 0.25, encoding: ['-crf', '28'] },
];

/** Pieces that share no frame. */
export function readClips(half: Half): Clip[] {
  return footage.videos.flatMap(({ name, file, isEdited, cutsAfter, ranges }) => {
    const range = (ranges as Partial<Record<Half, number[]>>)[half];
    if (!isEdited || range === undefined) return [];
    const [first = 0, last = 0] = range;
    const shots = shotsWithin(cutsAfter, first, last);
    const perPiece = Math.max(3, Math.ceil(shots.length / piecesPerHalf));
    return Array.from({ length: Math.floor(shots.length / perPiece) }, (_, at): Clip => {
      const own = shots.slice(at * perPiece, (at + 1) * perPiece);
      return {
        name: `${name} ${own[0]?.[0]}`,
        file: path.join(root, file),
        firstFrame: own[0]?.[0] ?? 0,
        lastFrame: own.at(-1)?.[1] ?? 0,
        cutsAfter,
      };
    });
  });
}

/** The clip, trimmed and encoded, as the shots step would leave it: a keyframe in the middle of each shot. */
export async function shotsOf(
  clip: Clip,
  { trimmed, encoding }: Pick<VideoVariant, 'trimmed' | 'encoding'>,
): Promise<{ assetId: string; file: ShotsFile; keyframes: Buffer[] }> {
  const length = clip.lastFrame - clip.firstFrame + 1;
  const first = clip.firstFrame + Math.round(length * trimmed);
  const last = clip.lastFrame - Math.round(length * trimmed);
  const framesPerSecond = framesPerSecondOf(clip.file);
  const folder = mkdtempSync(path.join(tmpdir(), 'neardup-clip-'));
  try {
    const file = path.join(folder, 'clip.mp4');
    const select = `select=between(n\\,${first}\\,${last}),setpts=N/FRAME_RATE/TB`;
    const own = encoding[0] === '-vf' ? ['-vf', `${select},${encoding[1]}`] : ['-vf', select, ...encoding];
    execFileSync(places.ffmpeg, [
      '-v',
      'error',
      '-i',
      clip.file,
      ...own,
      '-an',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      file,
    ]);
    const shots = shotsWithin(clip.cutsAfter, first, last);
    const middles = shots.map(([from, to]) => Math.floor((from + to) / 2) - first);
    const frames = await readFrames(file, middles);
    const keyframes = frames.map(([, bytes]) => bytes);
    const assetId = createHash('sha256').update(`${clip.name} ${trimmed} ${encoding.join()}`).digest('hex');
    const hashes = await Promise.all(keyframes.map(perceptualHash));
    return {
      assetId,
      keyframes,
      file: {
        assetId,
        video: { durationSeconds: (last - first + 1) / framesPerSecond },
        shots: hashes.map((hash, index) => ({
          index,
          startSeconds: ((shots[index]?.[0] ?? 0) - first) / framesPerSecond,
          endSeconds: ((shots[index]?.[1] ?? 0) - first) / framesPerSecond,
          keyframes: [{ seconds: (middles[index] as number) / framesPerSecond, perceptualHash: hash }],
        })),
      } as unknown as ShotsFile,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
