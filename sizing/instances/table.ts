import { type Figure, hostingPrices, hoursPerMonth } from '../../lib/costs/prices.ts';

/** SageMaker instance types as sizing knows them, each figure with its source and whether anybody read it there. */
export interface InstanceType {
  name: string;
  /** Physical cores: two hyperthreads share one core's multipliers. */
  cores: Figure;
  memoryGibibytes: number;
  /** Of one core, fp32, in GFLOP/s, as a matrix product reaches it. */
  coreGigaflops: Figure;
  /** Of the GPU, fp32, in GFLOP/s. */
  gpu?: { name: string; gigaflops: Figure };
  dollarsPerHour: Figure;
}

/** Of the peak, what a matrix product reaches: speeds here are compared with a measured product, not with a peak. */
const reachedShare = 0.85;
/** Two 512-bit FMA units: 64 operations a cycle and core; two of 256 bits: 32. */
const core = (operationsPerCycle: number, gigahertz: number, processor: string): Figure => ({
  value: reachedShare * operationsPerCycle * gigahertz,
  source: `${reachedShare} x ${operationsPerCycle} operations a cycle x ${gigahertz} GHz, ${processor}, from memory`,
  ground: 'unchecked',
});
const skylake = core(64, 2.7, 'Skylake-SP');
const iceLake = core(64, 3.0, 'Ice Lake-SP');
const sapphireRapids = core(64, 3.1, 'Sapphire Rapids');
const cascadeLake = core(64, 2.5, 'Cascade Lake');
const rome = core(32, 3.3, 'EPYC 7R32');
const milan = core(32, 3.4, 'EPYC 7R13');
const gpu = (name: string, teraflops: number) => ({
  name,
  gigaflops: { value: 1000 * teraflops, source: `${name} data sheet, from memory`, ground: 'unchecked' } as Figure,
});
/** As the table of default processor options lists the type of the same name in EC2. */
const listedCores = (value: number): Figure => ({
  value,
  source: 'github.com/awsdocs/amazon-ec2-user-guide doc_source/cpu-options-supported-instances-values.md',
  asOf: '2022',
  ground: 'aws',
});
/** Half of its virtual processors: "For x86 instances, there are two vCPUs per core". */
const halfOf = (virtualProcessors: number): Figure => ({
  value: virtualProcessors / 2,
  source:
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/compute-optimized-instances.html, and its size by its name',
  ground: 'unchecked',
});
const type = (
  name: string,
  cores: Figure,
  memoryGibibytes: number,
  coreGigaflops: Figure,
  onGpu?: { name: string; gigaflops: Figure },
): InstanceType => {
  const dollarsPerHour = hostingPrices[name];
  if (dollarsPerHour === undefined) throw new Error(`${name} has no price in lib/costs/prices.ts`);
  return {
    ...{ name, cores, memoryGibibytes, coreGigaflops, dollarsPerHour },
    ...(onGpu === undefined ? {} : { gpu: onGpu }),
  };
};

export const instanceTypes: readonly InstanceType[] = [
  type('ml.c5.large', listedCores(1), 4, skylake),
  type('ml.c5.xlarge', listedCores(2), 8, skylake),
  type('ml.m5.large', listedCores(1), 8, skylake),
  type('ml.m5.xlarge', listedCores(2), 16, skylake),
  type('ml.c6i.large', listedCores(1), 4, iceLake),
  type('ml.c6i.xlarge', listedCores(2), 8, iceLake),
  type('ml.c6i.2xlarge', listedCores(4), 16, iceLake),
  type('ml.c6i.4xlarge', listedCores(8), 32, iceLake),
  type('ml.c7i.large', halfOf(2), 4, sapphireRapids),
  type('ml.c7i.xlarge', halfOf(4), 8, sapphireRapids),
  type('ml.c7i.2xlarge', halfOf(8), 16, sapphireRapids),
  type('ml.g4dn.xlarge', listedCores(2), 16, cascadeLake, gpu('T4', 8.1)),
  type('ml.g5.xlarge', halfOf(4), 16, rome, gpu('A10G', 31.2)),
  type('ml.g6.xlarge', halfOf(4), 16, milan, gpu('L4', 30.3)),
];

/** One of the table that a `name` of an environment stands for. */
export const instanceTypeNamed = (name: string): InstanceType | undefined =>
  instanceTypes.find((one) => one.name === name);

export const dollarsPerMonth = (one: InstanceType, instances: number): number =>
  one.dollarsPerHour.value * hoursPerMonth * instances;
