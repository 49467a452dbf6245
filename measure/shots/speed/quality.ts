import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { plainTransNet } from '../accuracy/detectors.ts';
import { scoreDetector } from '../accuracy/score.ts';
import { type Clip, prepareClips, prepareProbabilities } from '../benchmark/prepare.ts';

export interface Quality {
  clips: number;
  own: { cut: number; gradual: number };
  published: { cut: number; gradual: number };
}

/** The published package judges some ten frames a second and core: so many of the benchmark's frames take minutes. */
const maxFrames = 8000;

/**
 * F1 of both models on the same small frames by the same rule, the published one's: what differs is the windows and
 * the arithmetic alone. Clips of the reporting set, as many as `maxFrames` hold.
 */
export async function sameQuality(python: string, script: string): Promise<Quality> {
  const { folder, clips } = await prepareClips();
  const { folder: answers } = await prepareProbabilities(folder, 'reporting');
  let frames = 0;
  const chosen = clips.filter(({ set, frameCount }) => {
    if (set !== 'reporting' || frames + frameCount > maxFrames) return false;
    frames += frameCount;
    return true;
  });
  const missing = chosen.filter(({ name }) => !existsSync(path.join(answers, `${name}.published.f32`)));
  if (missing.length > 0)
    await execa(python, [script, '2', 'probabilities', answers, ...missing.map(({ name }) => name)], {
      stderr: 'inherit',
    });
  const f1 = (suffix: string) => {
    const { generous } = scoreDetector(chosen, (clip) => plainTransNet(readHeads(answers, clip, suffix)));
    return { cut: generous.cut.f1, gradual: generous.gradual.f1 };
  };
  return { clips: chosen.length, own: f1('f32'), published: f1('published.f32') };
}

function readHeads(answers: string, { name, frameCount }: Clip, suffix: string): { single: number; many: number }[] {
  const bytes = readFileSync(path.join(answers, `${name}.${suffix}`));
  const heads = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return Array.from({ length: frameCount }, (_, frame) => ({
    single: heads[frame] as number,
    many: heads[frameCount + frame] as number,
  }));
}
