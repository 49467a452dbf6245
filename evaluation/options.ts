import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Half, halfSchema } from './collection/beir.ts';
import { type SystemName, systemNames } from './systems.ts';

export class OptionError extends Error {
  override readonly name = 'OptionError';
}

interface Common {
  half?: Half;
  out?: string;
  processes: number;
}
export interface CollectionOptions extends Common {
  task: 'collection';
  folder: string;
  split?: string;
  limit?: number;
  systems: SystemName[];
  isNamed: boolean;
}
export interface TaskOptions extends Common {
  task: 'names' | 'gate' | 'accept';
}
export type Options = CollectionOptions | TaskOptions;

export const usage = `usage: npm run evaluate -- DIR [options]   a folder in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/*.tsv
       npm run evaluate -- --ner [options]  F1 of names on evaluation/ner
       npm run evaluate -- --gate           compare the newsroom collection's reporting half with evaluation/accepted.json
       npm run evaluate -- --accept         write its figures there
  --split NAME           only qrels/NAME.tsv
  --half tuning|reporting  only what is marked as of that half
  --limit N              only the first N queries
  --systems A,B          of ${systemNames.join(', ')}
  --without-entities     documents get no names: half the work for a large collection
  --processes N          processes of each model (default: one a core)
  --out FILE             write all figures as JSON`;

const tasks = ['ner', 'gate', 'accept'] as const;
const taskOf = { ner: 'names', gate: 'gate', accept: 'accept' } as const;

/** @throws OptionError */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const common: Common = {
    ...(values.half === undefined ? {} : { half: readHalf(values.half) }),
    ...(values.out === undefined ? {} : { out: values.out }),
    processes: values.processes === undefined ? availableParallelism() : positive('processes', values.processes),
  };
  const asked = tasks.filter((task) => values[task]);
  const [task] = asked;
  if (asked.length + positionals.length !== 1) throw new OptionError(`one thing at a time.\n${usage}`);
  if (task !== undefined) return { task: taskOf[task], ...common };
  const systems = (values.systems ?? systemNames.join(',')).split(',');
  for (const system of systems)
    if (!(systemNames as string[]).includes(system))
      throw new OptionError(`there is no system "${system}"; there are ${systemNames.join(', ')}.`);
  return {
    task: 'collection',
    folder: positionals[0] ?? '',
    ...common,
    ...(values.split === undefined ? {} : { split: values.split }),
    ...(values.limit === undefined ? {} : { limit: positive('limit', values.limit) }),
    systems: systems as SystemName[],
    isNamed: !values['without-entities'],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        split: { type: 'string' },
        half: { type: 'string' },
        limit: { type: 'string' },
        out: { type: 'string' },
        systems: { type: 'string' },
        processes: { type: 'string' },
        'without-entities': { type: 'boolean', default: false },
        ner: { type: 'boolean', default: false },
        gate: { type: 'boolean', default: false },
        accept: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new OptionError(`${(error as Error).message}\n${usage}`);
  }
}

function readHalf(value: string): Half {
  const half = halfSchema.safeParse(value);
  if (!half.success) throw new OptionError(`a half is ${halfSchema.options.join(' or ')}, not "${value}".`);
  return half.data;
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new OptionError(`--${name} takes a whole number from 1.`);
  return number;
}
