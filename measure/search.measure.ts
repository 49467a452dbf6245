import { parseArgs } from 'node:util';
import type { Measurement } from './measurement.ts';
import { measureQuality } from './search/quality.ts';
import { measureSpeed } from './search/speed.ts';

const parts = { quality: measureQuality, speed: measureSpeed };

/** Quality on the newsroom collection's reporting half and speed with 20,000 documents; `--only` takes one of them. */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const { values } = parseArgs({ args: [...options], options: { only: { type: 'string' } } });
  const found: [string, Measurement][] = [];
  for (const [name, run] of Object.entries(parts))
    if (values.only === undefined || values.only === name) found.push([name, await run()]);
  // Half a measure does not hold.
  const isWhole = found.length === Object.keys(parts).length;
  return {
    targets: [
      ...found.flatMap(([, { targets }]) => targets),
      ...(isWhole ? [] : [{ name: 'all of it was measured', holds: false, found: `only ${values.only}` }]),
    ],
    figures: Object.assign({}, ...found.map(([, { figures }]) => figures)) as Measurement['figures'],
    details: Object.fromEntries(found.map(([name, { details }]) => [name, details])),
  };
}
