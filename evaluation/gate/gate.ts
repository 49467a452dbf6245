import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../setup/places.ts';
import { readCollection } from '../collection/beir.ts';
import { evaluate } from '../evaluate.ts';
import { summarise } from '../report/summary.ts';
import { type Accepted, acceptedSchema, objections, tolerance } from './judge.ts';

export const newsroom = path.join(root, 'evaluation', 'newsroom');
export const acceptedFile = path.join(root, 'evaluation', 'accepted.json');
const collectionFiles = ['corpus.jsonl', 'queries.jsonl', 'qrels/test.tsv'];

/** What a reader of the reporting half gets at the moment. */
export async function measureReporting(processes: number): Promise<Omit<Accepted, 'tolerance'>> {
  const evaluation = await evaluate(await readCollection(newsroom), {
    half: 'reporting',
    systems: ['answered'],
    isNamed: true,
    processes,
  });
  const answered = summarise(evaluation).systems.answered;
  if (answered === undefined) throw new Error('nothing was answered');
  return {
    collection: digestOf(newsroom),
    models: evaluation.models,
    figures: {
      overall: inPercent(answered.metrics['nDCG@10'].mean),
      classes: Object.fromEntries(Object.entries(answered.classes).map(([name, { mean }]) => [name, inPercent(mean)])),
    },
  };
}

/** Compares with what was accepted and says so. @returns whether the change may pass */
export async function gate(processes: number): Promise<boolean> {
  const accepted = acceptedSchema.parse(JSON.parse(readFileSync(acceptedFile, 'utf8')));
  const found = await measureReporting(processes);
  const reasons = objections(accepted, found);
  console.log(
    `nDCG@10 of the reporting half: ${found.figures.overall.toFixed(1)}, accepted ${accepted.figures.overall}`,
  );
  for (const reason of reasons) console.error(reason);
  if (reasons.length > 0)
    console.error('If this is meant: `npm run evaluate -- --accept`, and commit evaluation/accepted.json by itself.');
  return reasons.length === 0;
}

export async function accept(processes: number): Promise<void> {
  const found = await measureReporting(processes);
  const accepted: Accepted = { ...found, tolerance };
  writeFileSync(acceptedFile, `${JSON.stringify(accepted, null, 2)}\n`);
  console.log(`accepted nDCG@10 ${found.figures.overall}; commit evaluation/accepted.json by itself.`);
}

const inPercent = (value: number): number => Math.round(value * 1000) / 10;

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of collectionFiles) hash.update(readFileSync(path.join(folder, file)));
  return hash.digest('hex');
}
