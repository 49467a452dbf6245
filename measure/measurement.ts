import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { root } from '../setup/places.ts';

/** What a measure found. It holds only where every target does. */
export interface Measurement {
  targets: { name: string; holds: boolean; found: string }[];
  /** Figures for the last line and the file; names carry their units. */
  figures: Record<string, number | string>;
  details?: unknown;
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** What was checked out. To be asked before a measure runs: some write their records beside the models. */
export function checkedOut(): { commit: string; isTreeClean: boolean } {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  return { commit: git('rev-parse', 'HEAD'), isTreeClean: git('status', '--porcelain') === '' };
}

/** Writes measurements/NAME.json and prints the one line that says whether the measure holds. */
export function conclude(name: string, tree: ReturnType<typeof checkedOut>, measurement: Measurement): boolean {
  // A measure without targets could not fail, and so does not hold.
  const holds = measurement.targets.length > 0 && measurement.targets.every((target) => target.holds);
  const record = {
    name,
    holds,
    date: new Date().toISOString(),
    ...tree,
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    versions: { node: process.versions.node },
    ...measurement,
  };
  mkdirSync(path.join(root, 'measurements'), { recursive: true });
  writeFileSync(path.join(root, 'measurements', `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  for (const target of measurement.targets)
    console.log(`${target.holds ? 'holds      ' : 'falls short'} ${target.name}: ${target.found}`);
  const figures = Object.entries(measurement.figures).map(([key, value]) => `${key}=${value}`);
  console.log(`${name}: ${holds ? 'holds' : 'falls short'}, ${figures.join(', ')}`);
  return holds;
}
