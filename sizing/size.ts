import { cpus } from 'node:os';
import { environments } from '../lib/config/environments.ts';
import {
  asynchronousEndpointSchema,
  environmentSchema,
  maxInstances,
  realTimeEndpointSchema,
} from '../lib/config/schema.ts';
import {
  type Candidate,
  candidates,
  type Demand,
  invocationsPerInstance,
  meets,
  type Serving,
} from './choice/candidates.ts';
import { paretoFront } from './choice/pareto.ts';
import type { SizedEnvironment, SizeEntry } from './choice/sizes-file.ts';
import { calibrated, fits, type Reference } from './instances/calibrate.ts';
import { dollarsPerMonth, type InstanceType, instanceTypes } from './instances/table.ts';
import type { SizedEndpoint } from './load/inputs.ts';
import { meanHoldMilliseconds, type ServiceModel } from './profile/profile.ts';
import type { Instance } from './queueing/outcome.ts';

/** TorchServe's defaults, which the stacks leave as they are: https://pytorch.org/serve/configuration.html */
export const serving: Serving = { queueLimit: 100, batchSize: 1, maxBatchDelayMilliseconds: 0 };

/** The local endpoint server lets so many wait. */
const localQueueLimit = 32;

/** This machine, where everything on the way shares the cores: whoever sends, the endpoint server, the model server, its worker. */
export const localInstance = (model: ServiceModel): Instance => ({
  server: { ...serving, queueLimit: localQueueLimit, workers: 1, fixedMilliseconds: model.fixedMilliseconds },
  cores: cpus().length,
  isOnGpu: false,
  companions: model.companions.map(({ program }) => program),
});

/** What stands up at all times however little is asked, of the cheapest type that the environment's container runs on. */
export interface Floor {
  type: InstanceType;
  /** As many as the environment keeps; none where they are taken away while nothing waits. */
  instances: number;
  dollarsPerMonth: number;
}

export interface Sizing {
  front: Candidate[];
  /** The cheapest that meets the target and that the environment's container runs on. */
  chosen?: Candidate;
}

/** The settings of an endpoint as its environment has them now. */
export const settingsOf = (environment: SizedEnvironment, endpoint: SizedEndpoint) =>
  endpoint === 'shots'
    ? { workersPerInstance: 1, ...asynchronousEndpointSchema.parse(environments[environment].models.shots) }
    : realTimeEndpointSchema.parse(environments[environment].models[endpoint]);

/** What `shots` is asked with: not windows, but chunks of a video of this length, each on one instance. */
export function requestModel(
  model: ServiceModel,
  { environment, endpoint }: { environment: SizedEnvironment; endpoint: SizedEndpoint },
): ServiceModel {
  if (endpoint !== 'shots') return model;
  const { framesPerChunk } = environmentSchema.parse(environments[environment]).shots;
  return { ...model, holdMilliseconds: [model.fixedMilliseconds + (framesPerChunk / 100) * model.millisecondsPer100] };
}

/** Chunks are worked on by a GPU (docs/decisions/0003); a text takes a CPU, or a GPU where the image is for one. */
const typesFor = (endpoint: SizedEndpoint): readonly InstanceType[] =>
  endpoint === 'shots' ? instanceTypes.filter(({ gpu }) => gpu !== undefined) : instanceTypes;

const hasGpuImage = (imageUri: string): boolean => imageUri.includes('-gpu-');

/** The least that an endpoint costs in an environment: no choice of size goes below it. */
export function floorOf({
  environment,
  endpoint,
}: {
  environment: SizedEnvironment;
  endpoint: SizedEndpoint;
}): Floor | undefined {
  const { imageUri, minInstances } = settingsOf(environment, endpoint);
  return typesFor(endpoint)
    .filter((type) => fits(type) && (type.gpu !== undefined) === hasGpuImage(imageUri))
    .map((type) => ({ type, instances: minInstances, dollarsPerMonth: dollarsPerMonth(type, minInstances) }))
    .toSorted((a, b) => a.type.dollarsPerHour.value - b.type.dollarsPerHour.value)[0];
}

/** Candidates for the demand, with no fewer instances than the environment keeps now: they stand in two zones. */
export function sizeFor(
  model: ServiceModel,
  reference: Reference,
  demand: Demand,
  { environment, endpoint }: { environment: SizedEnvironment; endpoint: SizedEndpoint },
): Sizing {
  const { imageUri, minInstances } = settingsOf(environment, endpoint);
  const all = candidates(model, reference, demand, {
    types: typesFor(endpoint),
    serving,
    instances: { atLeast: Math.max(1, minInstances), atMost: maxInstances },
    isOneQueue: endpoint === 'shots',
    hasGpuImage: hasGpuImage(imageUri),
  });
  const cost = (one: Candidate): number => one.dollarsPerMonth;
  const tail = (one: Candidate): number => one.p95Milliseconds;
  const deployable = all.filter(({ isDeployable }) => isDeployable);
  const [chosen] = paretoFront(
    deployable.filter((one) => meets(one, demand)),
    cost,
    tail,
  );
  // Both fronts: what could be had with another image stands beside what can be had now.
  const front = [...new Set([...paretoFront(deployable, cost, tail), ...paretoFront(all, cost, tail)])];
  return {
    front: front.toSorted((a, b) => cost(a) - cost(b) || tail(a) - tail(b)),
    ...(chosen === undefined ? {} : { chosen }),
  };
}

/** The choice as the configuration takes it; autoscaling keeps its ceiling, or room for twice the choice. */
export function entryOf(
  chosen: Candidate,
  model: ServiceModel,
  reference: Reference,
  asked: { demand: Demand; environment: SizedEnvironment; endpoint: SizedEndpoint; mix: string; on: string },
): SizeEntry {
  const { demand, environment, endpoint, mix, on } = asked;
  const { burst } = demand;
  const ceiling = Math.max(settingsOf(environment, endpoint).maxInstances, 2 * chosen.instances);
  const grounds = {
    p95TargetMilliseconds: demand.p95Milliseconds,
    ratePerSecond: demand.ratePerSecond,
    ...(burst === undefined ? {} : { burst: `${burst.factor}x for ${burst.seconds} s of ${burst.everySeconds} s` }),
    mix,
    p95ModelledMilliseconds: Number(chosen.p95Milliseconds.toFixed(1)),
    dollarsPerMonth: Math.round(chosen.dollarsPerMonth),
    measuredOn: reference.name,
    on,
  };
  if (endpoint === 'shots')
    return {
      size: {
        instanceType: chosen.type.name,
        maxInstances: chosen.instances,
        requestsAtOnce: 1,
        backlogPerInstance: backlogWithin(calibrated(model, reference, chosen.type), demand),
      },
      grounds,
    };
  const capacity = invocationsPerInstance(calibrated(model, reference, chosen.type), demand, {
    serving,
    type: chosen.type,
  });
  return {
    size: {
      instanceType: chosen.type.name,
      minInstances: chosen.instances,
      maxInstances: Math.min(maxInstances, ceiling),
      workersPerInstance: chosen.workersPerInstance,
      invocationsPerInstance: capacity,
    },
    grounds,
  };
}

/** Requests that may wait for one instance while the last of them is still answered within the target. */
const backlogWithin = (model: ServiceModel, { p95Milliseconds }: Demand): number =>
  Math.max(1, Math.floor(p95Milliseconds / meanHoldMilliseconds(model)) - 1);
