import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { FrameObserver } from '../../../lambdas/detection/frame-look.ts';
import { frameSize } from '../../../lambdas/detection/frames.ts';
import { modelArchiveFile, servedLocally } from '../../../setup/model-archives.ts';
import { places } from '../../../setup/places.ts';
import type { JudgedFrame } from '../accuracy/detectors.ts';

const cache = path.join(places.workshop, 'measure', 'shots');
const measurePython = path.join(places.workshop, 'measure-python');
const shotsFolder = path.dirname(import.meta.dirname);

const entry = z.object({
  kind: z.enum(['cut', 'gradual', 'trap']),
  variety: z.string(),
  firstFrame: z.number().int(),
  lastFrame: z.number().int(),
});
export type TruthEntry = z.infer<typeof entry>;
const truthSchema = z.object({
  clips: z.array(
    z.object({
      name: z.string(),
      file: z.string(),
      set: z.enum(['tuning', 'reporting', 'reported before']),
      frameCount: z.number().int(),
      transitions: z.array(entry),
      traps: z.array(entry),
    }),
  ),
});
export type Clip = z.infer<typeof truthSchema>['clips'][number];
const rivalsSchema = z.object({
  version: z.string(),
  cuts: z.record(z.string(), z.record(z.string(), z.array(z.number().int()))),
});

const sha256 = (...parts: (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const readOwn = (names: readonly string[]): Buffer[] =>
  names.map((name) => readFileSync(path.join(import.meta.dirname, name)));
const python = (program: string, module: string, ...options: string[]) =>
  execa(program, ['-m', module, ...options], { cwd: shotsFolder, stderr: 'inherit', stdout: 'inherit' });

/** Makes the clips where they are not there yet. Another seed, generator or catalogue gives another folder. */
export async function prepareClips(): Promise<{ folder: string; clips: Clip[] }> {
  const generator = readdirSync(import.meta.dirname).filter(
    (name) => /\.(py|json)$/.test(name) && !['infer.py', 'rivals.py'].includes(name) && !name.startsWith('test_'),
  );
  const folder = path.join(cache, `clips-${sha256(...readOwn(generator.sort())).slice(0, 12)}`);
  if (!existsSync(path.join(folder, 'truth.json'))) {
    console.log('Making the benchmark of shot detection: some minutes, once.');
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await python(places.pythonBinary, 'benchmark.generate', unfinished);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  }
  const { clips } = truthSchema.parse(JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')));
  return { folder, clips };
}

/** The archive's graphs by what they compute in; `8 bits` is served where the processor has VNNI. */
export const graphs = { float32: 'model.onnx', '8 bits': 'model.int8.onnx' } as const;
export type Precision = keyof typeof graphs;

/** What the shipped model says of every frame of one set's clips: asked once for each graph and grid of windows. */
export async function prepareProbabilities(
  folder: string,
  set: Clip['set'],
  precision: Precision = 'float32',
): Promise<{ folder: string; archiveSha256: string }> {
  const model = servedLocally().find(({ endpoint }) => endpoint === 'shots');
  if (model === undefined) throw new Error('no package serves the shots endpoint locally');
  const archive = modelArchiveFile(model);
  // Not of the archive: model.json changes with every setting of what is made of the answers.
  const { stdout: graph } = await execa('tar', ['-xzOf', archive, graphs[precision]], { encoding: 'buffer' });
  const limits = JSON.stringify(model.limits);
  const key = sha256(Buffer.from(graph), limits, path.basename(folder), ...readOwn(['infer.py'])).slice(0, 12);
  const answers = path.join(cache, `answers-${key}`);
  await python(places.pythonBinary, 'benchmark.infer', archive, graphs[precision], folder, answers, set);
  return { folder: answers, archiveSha256: sha256(readFileSync(archive)) };
}

/** Both heads and the look of each frame of a clip, as the archive would have them. */
export function readFrames(answers: string, clip: Clip): JudgedFrame[] {
  const bytes = readFileSync(path.join(answers, `${clip.name}.f32`));
  const heads = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const pixels = readFileSync(path.join(answers, `${clip.name}.frames`));
  const observer = new FrameObserver();
  return Array.from({ length: clip.frameCount }, (_, frame) => ({
    single: heads[frame] as number,
    many: heads[clip.frameCount + frame] as number,
    look: observer.look(pixels.subarray(frame * frameSize.bytes, (frame + 1) * frameSize.bytes)),
  }));
}

/** What PySceneDetect finds in one set's clips, in a Python environment of its own. */
export async function prepareRivals(folder: string, set: Clip['set']): Promise<z.infer<typeof rivalsSchema>> {
  const requirements = path.join(shotsFolder, 'requirements.txt');
  const key = sha256(readFileSync(requirements), ...readOwn(['rivals.py'])).slice(0, 12);
  const file = path.join(folder, `rivals-${set.replace(' ', '-')}-${key}.json`);
  if (!existsSync(file)) {
    const program = path.join(measurePython, 'bin', 'python');
    if (!existsSync(program)) await execa(places.pythonBinary, ['-m', 'venv', measurePython]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await execa(program, pip, { stderr: 'inherit' });
    await python(program, 'benchmark.rivals', folder, `${file}.unfinished`, set);
    await rename(`${file}.unfinished`, file);
  }
  return rivalsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
