import type { ServiceModel } from '../profile/profile.ts';
import type { InstanceType } from './table.ts';

/** What did the measured work: one of these is a measured speed, the other a computed one. */
export interface Reference {
  name: string;
  coreGigaflops: number;
}

/** Of fp32 peak, what a small transformer reaches on a GPU: assumed, and it only ever enters a figure marked modelled. */
const gpuUtilisation = 0.3;
/** Launching a small transformer's kernels takes this long however fast they are; ONNX Runtime on a T4 needs 1.1 ms. */
const gpuLeastMilliseconds = 1.1;

/**
 * What a request would cost on another processor. What grows with the text goes with the speed of its arithmetic; what
 * does not (HTTP, JSON, the tokenizer's start) and the overhead stay, as server cores of these years differ little there.
 */
export function calibrated(model: ServiceModel, reference: Reference, type: InstanceType): ServiceModel {
  const [ratio, least] =
    type.gpu === undefined
      ? [reference.coreGigaflops / type.coreGigaflops.value, 0]
      : [reference.coreGigaflops / (type.gpu.gigaflops.value * gpuUtilisation), gpuLeastMilliseconds];
  const fixed = model.fixedMilliseconds;
  return {
    ...model,
    holdMilliseconds: model.holdMilliseconds.map((hold) => {
      const growing = Math.max(0, hold - fixed);
      return hold - growing + Math.max(growing * ratio, least);
    }),
    millisecondsPer100: model.millisecondsPer100 * ratio,
  };
}

/** A worker a core; a GPU is one worker, which batches. */
export const workersOf = (type: InstanceType): number => (type.gpu === undefined ? type.cores.value : 1);

const serverMebibytes = 800;
const workerMebibytes = 400;

/** Java, the system and each worker with its copy of the model. */
export const fits = (type: InstanceType): boolean =>
  serverMebibytes + workersOf(type) * workerMebibytes <= 1024 * type.memoryGibibytes;
