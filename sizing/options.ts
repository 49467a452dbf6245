import { Command, InvalidArgumentError, Option } from 'commander';
import { type SizedEnvironment, sizedEnvironments } from './choice/sizes-file.ts';
import type { Burst } from './load/arrivals.ts';
import { type Mix, mixes, type SizedEndpoint, sizedEndpoints } from './load/inputs.ts';

export interface SizeOptions {
  endpoint: SizedEndpoint;
  p95: number;
  rate: number;
  burst?: number;
  burstSeconds: number;
  environment: SizedEnvironment;
  mix: Mix;
  name?: string;
  seconds: number;
  write: boolean;
}

/** How often a burst comes: one minute, the resolution of the metric that autoscaling follows. */
const burstEverySeconds = 60;

function positive(value: string, unit: RegExp, example: string): number {
  const number = Number(value.replace(unit, ''));
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError(`It is given as in ${example}.`);
  return number;
}
const milliseconds = (value: string): number =>
  /\ds$/.test(value) && !value.endsWith('ms')
    ? 1000 * positive(value, /s$/, '50ms or 1.5s')
    : positive(value, /ms$/, '50ms or 1.5s');
const rate = (value: string): number => positive(value, /\/s$/, '60, in requests a second');
const factor = (value: string): number => {
  const times = positive(value, /x$/, '3x');
  if (times < 1) throw new InvalidArgumentError('A burst is at least 1x.');
  return times;
};
const seconds = (value: string): number => positive(value, /s$/, '10, in seconds');
function burstLength(value: string): number {
  const length = seconds(value);
  if (length > burstEverySeconds) throw new InvalidArgumentError(`A burst lasts ${burstEverySeconds} s at most.`);
  return length;
}

/** Reads the command line; on a wrong one commander says what is wrong and ends the process. */
export function readOptions(args: readonly string[]): SizeOptions {
  const command = new Command('size')
    .description('The instance type that meets a p95 at the lowest cost, from a measured load and a simulated queue.')
    .addOption(new Option('--endpoint <name>').choices(sizedEndpoints).makeOptionMandatory())
    .addOption(
      new Option('--p95 <time>', '95th percentile of the answer, as in 50ms')
        .argParser(milliseconds)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--rate <n>', 'requests a second').argParser(rate).makeOptionMandatory())
    .addOption(
      new Option('--burst <times>', `so many times the rate, once in ${burstEverySeconds} s`).argParser(factor),
    )
    .addOption(new Option('--burst-seconds <n>', 'how long a burst lasts').argParser(burstLength).default(10))
    .addOption(
      new Option('-e, --environment <name>', 'whose configuration is changed')
        .choices(sizedEnvironments)
        .default('prod'),
    )
    .addOption(
      new Option('--mix <name>', 'lengths of editors’ queries, or of documents on their way into the index')
        .choices(mixes)
        .default('queries'),
    )
    .option('--name <endpoint>', 'measure this endpoint in AWS, of the environment’s size, instead of a local one')
    .addOption(new Option('--seconds <n>', 'of load at each level').argParser(seconds).default(10))
    .option('--write', 'change the configuration instead of only showing how', false);
  return command.parse([...args], { from: 'user' }).opts<SizeOptions>();
}

export function burstOf({ burst, burstSeconds }: SizeOptions): Burst | undefined {
  return burst === undefined || burst === 1
    ? undefined
    : { factor: burst, seconds: burstSeconds, everySeconds: burstEverySeconds };
}
