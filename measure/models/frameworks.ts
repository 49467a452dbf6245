import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import type { Measurement } from '../measurement.ts';
import { ownPython } from './own-python.ts';
import { eagerPython } from './prepare.ts';

const packaging = path.join(root, 'model-packaging');

/** A Python with TensorFlow and LiteRT, and what the packager needs. */
export const tensorFlowPython = (): Promise<string> =>
  ownPython({
    folder: path.join(places.workshop, 'tensorflow-python'),
    requirements: path.join(packaging, 'requirements-tensorflow.txt'),
    stamp: 'requirements.sha256',
    what: 'TensorFlow and LiteRT: 1.5 GB, some minutes',
  });

/** What the project's own Python leaves out for its size, and the tests that need it. */
const frameworks = [
  { name: 'PyTorch', python: eagerPython, tests: ['tests/test_formats.py'] },
  { name: 'TensorFlow', python: tensorFlowPython, tests: ['tests/test_savedmodel.py', 'tests/test_tflite.py'] },
];

const countsSchema = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() });

/** Every format against every other, by the packager's own tests, in environments that have PyTorch and TensorFlow. */
export async function measureFrameworks(): Promise<Measurement> {
  const measurement: Measurement = { targets: [], figures: {} };
  for (const { name, python, tests } of frameworks) {
    const { passed, failed, skipped } = await pytest(await python(), tests);
    measurement.targets.push({
      name: `${tests.join(' and ')} pass with ${name}, and none is skipped`,
      holds: passed > 0 && failed === 0 && skipped === 0,
      found: `${passed} passed, ${failed} failed, ${skipped} skipped`,
    });
    measurement.figures[`testsWith${name}`] = passed;
  }
  return measurement;
}

async function pytest(python: string, tests: readonly string[]): Promise<z.infer<typeof countsSchema>> {
  const { stdout } = await execa(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...tests], {
    cwd: packaging,
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    reject: false,
    stderr: 'inherit',
  });
  console.log(stdout);
  const summary = stdout.trim().split('\n').at(-1) ?? '';
  const count = (words: RegExp): number =>
    [...summary.matchAll(words)].reduce((sum, [, number]) => sum + Number(number), 0);
  return countsSchema.parse({
    passed: count(/(\d+) passed/g),
    failed: count(/(\d+) (?:failed|errors?)/g),
    skipped: count(/(\d+) skipped/g),
  });
}
