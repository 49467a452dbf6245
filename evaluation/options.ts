import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Half, halfSchema } from './collection/beir.ts';
import { type SystemName, systemNames } from './systems.ts';

export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export interface Options {
  folder: string;
  split?: string;
  half?: Half;
  limit?: number;
  out?: string;
  systems: SystemName[];
  isNamed: boolean;
  processes: number;
}

export const usage = `usage: npm run evaluate -- DIR [options]
  DIR                    a folder in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/*.tsv
  --split NAME           only qrels/NAME.tsv
  --half tuning|reporting  only the queries of that half, where queries are marked
  --limit N              only the first N queries
  --systems A,B          of ${systemNames.join(', ')}
  --without-entities     documents get no names: half the work for a large collection
  --processes N          processes of each model (default: one a core)
  --out FILE             write all figures as JSON`;

/** @throws OptionError */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new OptionError(`name one folder.\n${usage}`);
  const systems = (values.systems ?? systemNames.join(',')).split(',');
  for (const system of systems)
    if (!(systemNames as readonly string[]).includes(system))
      throw new OptionError(`there is no system "${system}"; there are ${systemNames.join(', ')}.`);
  return {
    folder,
    ...(values.split === undefined ? {} : { split: values.split }),
    ...(values.half === undefined ? {} : { half: readHalf(values.half) }),
    ...(values.limit === undefined ? {} : { limit: positive('limit', values.limit) }),
    ...(values.out === undefined ? {} : { out: values.out }),
    systems: systems as SystemName[],
    isNamed: !values['without-entities'],
    processes: values.processes === undefined ? availableParallelism() : positive('processes', values.processes),
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
        'without-entities': { type: 'boolean', default: false },
        processes: { type: 'string' },
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
