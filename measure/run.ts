import { readdirSync } from 'node:fs';
import { exitOnSignal } from '../setup/exit-on-signal.ts';
import { checkedOut, conclude, type Measurement } from './measurement.ts';

/** Every `NAME.measure.ts` beside this file exports `measure`, which is given what follows the name on the command line. */
type Measure = (options: readonly string[]) => Promise<Measurement>;

const suffix = '.measure.ts';
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length))
  .sort();

exitOnSignal();
const [name = '', ...options] = process.argv.slice(2);
if (names.includes(name)) {
  const { measure } = (await import(`./${name}${suffix}`)) as { measure: Measure };
  const tree = checkedOut();
  process.exitCode = conclude(name, tree, await measure(options)) ? 0 : 1;
} else {
  console.error(`wirescope: there is no measure "${name}"; there is ${names.join(', ')}.`);
  process.exitCode = 2;
}
