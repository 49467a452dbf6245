import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { readLines, servedSpans } from '../../evaluation/names/evaluate-names.ts';
import { lowered, type Span, score } from '../../evaluation/names/score.ts';
import { entityLabelSchema } from '../../lambdas/contracts/models.ts';
import { places, root } from '../../setup/places.ts';
import type { Measurement } from '../measurement.ts';
import { ownPython } from './own-python.ts';
import { cache } from './prepare.ts';

/** Points of F1. */
const wanted = { above: 15 };
const sets = ['sentences', 'queries'] as const;
const packaging = path.join(root, 'model-packaging');

const foundSchema = z.record(
  z.string(),
  z.array(z.array(z.object({ start: z.number(), end: z.number(), label: entityLabelSchema }))),
);

/**
 * The names student, as it is served and as enrichment takes its answers, against spaCy's small model and the CRF that
 * was its teacher: texts that none of them has seen, lower-cased, the half that nothing was chosen on.
 */
export async function measureStudent(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  for (const set of sets) {
    const lines = readLines(set, 'reporting');
    const texts = lines.map(({ text }) => lowered(text));
    const gold: Span[][] = lines.map(({ entities }) => entities);
    const scores = Object.fromEntries(
      Object.entries({ student: await servedSpans(texts), ...(await rivalSpans(texts)) }).map(([name, found]) => [
        name,
        score(gold, found),
      ]),
    );
    const points = (name: string): number => 100 * (scores[name]?.f1 ?? Number.NaN);
    for (const rival of Object.keys(scores).filter((name) => name !== 'student'))
      measurement.targets.push({
        name: `on ${set} it never saw, lower-cased, its F1 is at least ${wanted.above} points above that of ${rival}`,
        holds: points('student') - points(rival) >= wanted.above,
        found: `${(points('student') - points(rival)).toFixed(1)} (${points('student').toFixed(1)} to ${points(rival).toFixed(1)}; ${lines.length} texts)`,
      });
    const setWord = `${set[0]?.toUpperCase()}${set.slice(1)}`;
    for (const name of Object.keys(scores)) {
      const word = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      measurement.figures[`${word}F1On${setWord}`] = Number(points(name).toFixed(1));
    }
    measurement.details = { ...(measurement.details as object), [set]: scores };
    console.log(`${set}: ${JSON.stringify(scores)}`);
  }
  return measurement;
}

async function rivalSpans(texts: readonly string[]): Promise<Record<string, Span[][]>> {
  const python = await ownPython({
    folder: path.join(places.workshop, 'names-python'),
    requirements: path.join(import.meta.dirname, 'names-requirements.txt'),
    stamp: 'requirements.sha256',
    what: 'spaCy: 0.3 GB, a minute',
  });
  await mkdir(cache, { recursive: true });
  const file = path.join(cache, 'texts.json');
  await writeFile(file, JSON.stringify(texts));
  const { stdout } = await execa(python, ['-m', 'training.rivals', '--teacher', await teacherJars(), '--texts', file], {
    cwd: packaging,
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    stderr: 'inherit',
  });
  return foundSchema.parse(JSON.parse(stdout));
}

/** Maven copies what is not there yet. */
async function teacherJars(): Promise<string> {
  const jars = path.join(places.workshop, 'names-teacher');
  const resolve = (options: readonly string[]) =>
    execa('mvn', [
      ...['-q', ...options, '-f', path.join(packaging, 'training', 'teacher', 'pom.xml')],
      ...['dependency:copy-dependencies', `-DoutputDirectory=${jars}`],
    ]);
  try {
    await resolve(['--offline']);
  } catch {
    console.log('Fetching the CRF: 0.5 GB, a minute, once.');
    await rm(jars, { recursive: true, force: true });
    await resolve([]);
  }
  return jars;
}
