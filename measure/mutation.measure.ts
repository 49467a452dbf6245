import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import Table from 'cli-table3';
import { fraction } from '../local/faults/plan.ts';
import { places, root } from '../setup/places.ts';
import type { Measurement } from './measurement.ts';
import { equivalents, isEquivalent, type MutantResult } from './mutation/equivalents.ts';
import { measureParts, readParts } from './parts.ts';

/** In percent, of each part: a part that is held badly is not to hide behind another. */
const wantedScore = 85;

/**
 * The rules without I/O, in parts of a few minutes each; what stores them is held by integration tests, each of which is
 * too slow to be run a thousand times.
 */
const files = {
  ledger: ['clients/asset-ledger/claim-rules', 'clients/asset-ledger/conditions', 'clients/asset-ledger/side-effects'],
  budget: ['budget', 'breaker', 'quota', 'cost'].map((file) => `clients/captions/${file}`),
  'near-duplicates': [
    'clients/near-duplicates/hash-bands',
    'clients/near-duplicates/group-plan',
    'describe/likeness/story-sketch',
    'describe/likeness/video-comparison',
    'describe/likeness/near-duplicate-look',
  ],
  'second-look': ['describe/likeness/picture-comparison'],
} as const;
type Part = keyof typeof files;
/** Of each change of these every test lays pictures upon one another: a share of the lines is changed, drawn by their numbers. */
const sampledShares: Partial<Record<Part, number>> = { 'second-look': 0.2 };
const partNames = Object.keys(files) as Part[];

const fileOf = (name: string): string => `lambdas/${name}.ts`;

/** As StrykerJS takes them: a file, or each drawn line of it. */
function rangesOf(file: string, share: number): string[] {
  if (share === 1) return [file];
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  return lines.flatMap((line, at) =>
    line.trim() !== '' && fraction(`line ${at + 1} of ${file}`) < share
      ? [`${file}:${at + 1}:0-${at + 1}:${line.length}`]
      : [],
  );
}

interface Score {
  of: string;
  killed: number;
  timedOut: number;
  survived: number;
  /** Of the survivors, those that behave as the code does. */
  equivalent: number;
}

const percentOf = ({ killed, timedOut, survived }: Score): number =>
  (100 * (killed + timedOut)) / (killed + timedOut + survived);

function scoreOf(of: string, results: readonly MutantResult[]): Score {
  const count = (...statuses: MutantResult['status'][]) => results.filter(({ status }) => statuses.includes(status));
  return {
    of,
    killed: count('Killed').length,
    timedOut: count('Timeout').length,
    survived: count('Survived', 'NoCoverage').length,
    equivalent: count('Survived', 'NoCoverage').filter(isEquivalent).length,
  };
}

const survivorOf = ({ fileName, location, mutatorName, replacement, status }: MutantResult) => ({
  at: `${path.relative(root, fileName)}:${location.start.line}:${location.start.column}`,
  mutatorName,
  replacement,
  status,
});

/**
 * Changes the rules in every small way that StrykerJS knows, and counts the changes that a test notices.
 * @param options the parts to run, all where none is named; the figures of the others stay in the file as they were.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const unknown = options.filter((option) => !partNames.some((part) => part === option));
  if (unknown.length > 0)
    throw new Error(`the measure of mutations has no part "${unknown[0]}"; there is ${partNames.join(', ')}.`);
  const parts = Object.fromEntries(partNames.map((part) => [part, () => measurePart(part)]));
  const wanted = options.length > 0 ? options : partNames;
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'mutation.json')));
}

async function measurePart(part: Part): Promise<Measurement> {
  const mutated = files[part].map(fileOf);
  const share = sampledShares[part] ?? 1;
  const results = await new Stryker({
    mutate: mutated.flatMap((file) => rangesOf(file, share)),
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'measure/mutation/vitest.config.ts' },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    reporters: ['progress-append-only'],
    tempDirName: path.join(path.relative(root, places.workshop), 'mutation'),
    ignorePatterns: [
      '**',
      ...['lambdas', 'lib', 'local', 'test', 'measure'].map((name) => `!/${name}/**`),
      '!/package.json',
    ],
    // Stryker would rewrite it by TypeScript's API, which TypeScript 7 no longer has; vitest needs none.
    tsconfigFile: 'measure/mutation/none.json',
    allowConsoleColors: false,
  }).runMutationTest();
  const scores = mutated.map((file) =>
    scoreOf(
      file,
      results.filter(({ fileName }) => path.relative(root, fileName) === file),
    ),
  );
  const whole = scoreOf(part, results);
  print([...scores, whole]);
  const survivors = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  for (const survivor of survivors.filter((each) => !isEquivalent(each))) {
    const { at, mutatorName, replacement, status } = survivorOf(survivor);
    console.log(`${status} ${at} ${mutatorName}: ${replacement}`);
  }
  return {
    targets: [
      {
        name: `mutation score at least ${wantedScore} %${share === 1 ? '' : `, of ${100 * share} % of the lines`}`,
        holds: percentOf(whole) >= wantedScore,
        found: `${percentOf(whole).toFixed(1)} % of ${whole.killed + whole.timedOut + whole.survived} changes, ${whole.survived} survived, ${whole.equivalent} of them equivalent`,
      },
    ],
    figures: { [`${part} score, %`]: percentOf(whole).toFixed(1) },
    details: { scores, survivors: survivors.map(survivorOf), equivalents },
  };
}

function print(scores: readonly Score[]): void {
  const table = new Table({ head: ['what', 'killed', 'timed out', 'survived', 'equivalent', 'score'] });
  for (const score of scores) {
    const { of, killed, timedOut, survived, equivalent } = score;
    table.push([of, killed, timedOut, survived, equivalent, `${percentOf(score).toFixed(1)} %`]);
  }
  console.log(table.toString());
}
