import { journey } from './journey.ts';
import { conclude, type Measurement } from './measurement.ts';

const measures: Record<string, () => Promise<Measurement>> = { journey };

const [name = ''] = process.argv.slice(2);
const measure = measures[name];
if (measure) process.exitCode = conclude(name, await measure()) ? 0 : 1;
else {
  console.error(`wirescope: there is no measure "${name}"; there is ${Object.keys(measures).join(', ')}.`);
  process.exitCode = 2;
}
