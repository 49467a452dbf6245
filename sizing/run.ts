import { cpus } from 'node:os';
import { EndpointAnswerError, EndpointRequestError } from '../lambdas/clients/model-endpoint.ts';
import { RetryableError } from '../lambdas/runtime/errors.ts';
import { environments } from '../lib/config/environments.ts';
import { StartError } from '../local/supervisor/children.ts';
import { exitOnSignal } from '../setup/exit-on-signal.ts';
import type { Demand } from './choice/candidates.ts';
import { changeSize } from './choice/sizes-file.ts';
import type { Reference } from './instances/calibrate.ts';
import { instanceTypeNamed } from './instances/table.ts';
import { thisMachine } from './instances/this-machine.ts';
import { LoadError } from './load/drive.ts';
import { realisticRequests, type SizedEndpoint } from './load/inputs.ts';
import { localEndpoint, realEndpoint, type ServedEndpoint } from './load/served-endpoint.ts';
import { burstOf, readOptions, type SizeOptions } from './options.ts';
import { measureProfile } from './profile/measure-profile.ts';
import { ProfileError, serviceModelOf } from './profile/profile.ts';
import { spreadsOf } from './queueing/spread.ts';
import {
  chunkSentence,
  floorSentence,
  frontTable,
  priceSentence,
  profileTables,
  serviceSentence,
  sourcesText,
} from './report.ts';
import { entryOf, floorOf, localInstance, requestModel, settingsOf, sizeFor } from './size.ts';

/** What cannot be sized as it was asked; the message says what can. */
class SizingError extends Error {
  override readonly name = 'SizingError';
}

interface Measured {
  endpoint: ServedEndpoint;
  reference: Reference;
  workers: number;
}

async function measured(options: SizeOptions): Promise<Measured> {
  // The local endpoint server gives each model one worker.
  if (options.name === undefined)
    return { reference: referenceOf(options.endpoint), endpoint: await localEndpoint(options.endpoint), workers: 1 };
  if (options.endpoint === 'shots')
    throw new SizingError(
      'shots answers asynchronously in AWS, so --name cannot drive it: it is sized from a local measurement.',
    );
  const { instanceType, minInstances, workersPerInstance } = settingsOf(options.environment, options.endpoint);
  const type = instanceTypeNamed(instanceType);
  if (type === undefined)
    throw new SizingError(`${instanceType} is not in sizing/instances/table.ts: add it with its figures.`);
  return {
    endpoint: realEndpoint(options.endpoint, options.name, environments[options.environment].region),
    reference: { name: `${options.name} (${instanceType})`, coreGigaflops: type.coreGigaflops.value },
    workers: minInstances * workersPerInstance,
  };
}

/** A text is one core's work; the windows of a chunk keep all of them busy. */
function referenceOf(endpoint: SizedEndpoint): Reference {
  const { name, coreGigaflops } = thisMachine();
  return endpoint === 'shots'
    ? { name: `${name}, ${cpus().length} cores`, coreGigaflops: cpus().length * coreGigaflops }
    : { name, coreGigaflops };
}

/** @returns whether something meets the target */
async function run(options: SizeOptions): Promise<boolean> {
  const burst = burstOf(options);
  const demand: Demand = {
    ratePerSecond: options.rate,
    p95Milliseconds: options.p95,
    ...(burst === undefined ? {} : { burst }),
  };
  const { endpoint, reference, workers } = await measured(options);
  const profile = await measureProfile(endpoint, realisticRequests(options.endpoint, options.mix), {
    workers,
    secondsPerLevel: options.seconds,
  }).finally(endpoint.stop);
  const meanModel = serviceModelOf(profile);
  const spreadsByLoad = spreadsOf([{ model: meanModel, open: profile.open ?? [], instance: localInstance(meanModel) }]);
  const measuredModel = { ...meanModel, spreadsByLoad };
  console.log(
    `${profileTables(profile, options.endpoint)}\n${serviceSentence(measuredModel, reference, options.endpoint)}\n`,
  );
  const model = requestModel(measuredModel, options);
  if (options.endpoint === 'shots') console.log(`${chunkSentence}\n`);
  const { front, chosen } = sizeFor(model, reference, demand, options);
  console.log(`${frontTable(front, chosen)}\n`);
  const floor = floorOf(options);
  if (floor !== undefined) console.log(`${floorSentence(floor, options.environment)}\n`);
  console.log(`${sourcesText(front.map(({ type }) => type))}\n${priceSentence}`);
  if (chosen === undefined) {
    console.log(`Nothing meets a p95 of ${options.p95} ms at ${options.rate} requests a second.`);
    return false;
  }
  const on = new Date().toISOString().slice(0, 10);
  const entry = entryOf(chosen, model, reference, { demand, ...options, on });
  const patch = changeSize(options.environment, options.endpoint, entry, { isWritten: options.write });
  console.log(
    `\n${patch || 'The configuration says so already.\n'}${options.write ? 'Written.' : 'Nothing is changed: --write does.'}`,
  );
  return true;
}

exitOnSignal();

const explained = [
  SizingError,
  LoadError,
  ProfileError,
  StartError,
  EndpointRequestError,
  EndpointAnswerError,
  RetryableError,
];

try {
  process.exitCode = (await run(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  if (!explained.some((kind) => error instanceof kind)) throw error;
  console.error(`size: ${(error as Error).message}`);
  process.exitCode = 2;
}
