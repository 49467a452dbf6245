import path from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import Table from 'cli-table3';
import { places, root } from '../setup/places.ts';
import type { Measurement } from './measurement.ts';
import { equivalents, isEquivalent, type MutantResult } from './mutation/equivalents.ts';

/** In percent, of each part: a part that is held badly is not to hide behind another. */
const wantedScore = 85;

/** The rules without I/O; what stores them is held by integration tests, each of which is too slow to run a thousand times. */
const parts = {
  ledger: ['clients/asset-ledger/claim-rules', 'clients/asset-ledger/conditions', 'clients/asset-ledger/side-effects'],
  budget: ['budget', 'breaker', 'quota', 'cost'].map((file) => `clients/captions/${file}`),
  'near-duplicates': [
    'clients/near-duplicates/hash-bands',
    'clients/near-duplicates/group-plan',
    'describe/likeness/story-sketch',
    'describe/likeness/video-comparison',
    'describe/likeness/picture-comparison',
    'describe/likeness/near-duplicate-look',
  ],
} as const;
type Part = keyof typeof parts;
const partNames = Object.keys(parts) as Part[];

const fileOf = (name: string): string => `lambdas/${name}.ts`;

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

const isIn = (part: Part, { fileName }: MutantResult): boolean =>
  parts[part].some((name) => path.relative(root, fileName) === fileOf(name));

const survivorOf = ({ fileName, location, mutatorName, replacement, status }: MutantResult) => ({
  at: `${path.relative(root, fileName)}:${location.start.line}:${location.start.column}`,
  mutatorName,
  replacement,
  status,
});

/** Changes the rules in every small way that StrykerJS knows, and counts the changes that a test notices. */
export async function measure(args: readonly string[]): Promise<Measurement> {
  const { values } = parseArgs({ args: [...args], options: { file: { type: 'string', multiple: true } } });
  const wanted = (name: string) => values.file === undefined || values.file.some((part) => name.includes(part));
  const files = Object.values(parts).flat().filter(wanted).map(fileOf);
  const results = await new Stryker({
    mutate: files,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'measure/mutation/vitest.config.ts' },
    coverageAnalysis: 'perTest',
    concurrency: Number(process.env['WIRESCOPE_MUTATION_WORKERS'] ?? 1),
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

  const scores = partNames.map((part) =>
    scoreOf(
      part,
      results.filter((result) => isIn(part, result)),
    ),
  );
  const ofFiles = files.map((file) =>
    scoreOf(
      file,
      results.filter(({ fileName }) => path.relative(root, fileName) === file),
    ),
  );
  print([...ofFiles, ...scores.filter(({ killed, survived }) => killed + survived > 0)]);
  const survivors = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  for (const survivor of survivors.filter((each) => !isEquivalent(each))) {
    const { at, mutatorName, replacement, status } = survivorOf(survivor);
    console.log(`${status} ${at} ${mutatorName}: ${replacement}`);
  }
  const whole = scoreOf('all', results);
  return {
    targets: scores
      .filter(({ killed, timedOut, survived }) => killed + timedOut + survived > 0)
      .map((score) => ({
        name: `mutation score of ${score.of} at least ${wantedScore} %`,
        holds: percentOf(score) >= wantedScore,
        found: `${percentOf(score).toFixed(1)} %, ${score.survived} survived, ${score.equivalent} of them equivalent`,
      })),
    figures: {
      files: files.length,
      mutants: whole.killed + whole.timedOut + whole.survived,
      killed: whole.killed,
      timedOut: whole.timedOut,
      survived: whole.survived,
      equivalent: whole.equivalent,
      scorePercent: percentOf(whole).toFixed(1),
    },
    details: { files: ofFiles, survivors: survivors.map(survivorOf), equivalents },
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
