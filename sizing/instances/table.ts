/**
 * SageMaker instance types as sizing knows them. Nothing here was read off AWS on the day of a run: `isChecked` says
 * whether somebody has compared the figure with its source, and the report carries the mark on.
 */
export interface Figure {
  value: number;
  source: string;
  /** The month in which the source said so; undefined where it does not date itself. */
  asOf?: string;
  isChecked: boolean;
}
export interface InstanceType {
  name: string;
  /** Physical cores: two hyperthreads share one core's multipliers. */
  cores: number;
  memoryGibibytes: number;
  /** Of one core, fp32, in GFLOP/s, as a matrix product reaches it. */
  coreGigaflops: Figure;
  /** Of the GPU, fp32, in GFLOP/s. */
  gpu?: { name: string; gigaflops: Figure };
  dollarsPerHour: Figure;
}

/** Prices are of US East (N. Virginia), on demand, for hosting. */
export const priceRegion = 'us-east-1';
export const hoursPerMonth = 730;

const priceList = 'https://aws.amazon.com/sagemaker/pricing/';
const secondary = (value: number): Figure => ({
  value,
  source: `a transcription of ${priceList}`,
  isChecked: false,
});
const listed = (value: number, asOf: string): Figure => ({ value, source: priceList, asOf, isChecked: false });
/** Within a family the price goes with the size; hosting costs 1.2 times EC2, with a GPU 1.4 times. */
const derived = (value: number, from: string): Figure => ({ value, source: `derived from ${from}`, isChecked: false });
/** Of the peak, what a matrix product reaches: speeds here are compared with a measured product, not with a peak. */
const reachedShare = 0.85;
/** Two 512-bit FMA units: 64 operations a cycle and core; two of 256 bits: 32. */
const core = (operationsPerCycle: number, gigahertz: number, processor: string): Figure => ({
  value: reachedShare * operationsPerCycle * gigahertz,
  source: `${reachedShare} x ${operationsPerCycle} operations a cycle x ${gigahertz} GHz, ${processor}, from memory`,
  isChecked: false,
});
const skylake = core(64, 2.7, 'Skylake-SP');
const iceLake = core(64, 3.0, 'Ice Lake-SP');
const sapphireRapids = core(64, 3.1, 'Sapphire Rapids');
const cascadeLake = core(64, 2.5, 'Cascade Lake');
const rome = core(32, 3.3, 'EPYC 7R32');
const milan = core(32, 3.4, 'EPYC 7R13');
const gpu = (name: string, teraflops: number) => ({
  name,
  gigaflops: { value: 1000 * teraflops, source: `${name} data sheet, from memory`, isChecked: false },
});

export const instanceTypes: readonly InstanceType[] = [
  {
    ...{ name: 'ml.c5.large', cores: 1, memoryGibibytes: 4, coreGigaflops: skylake },
    dollarsPerHour: derived(0.102, 'ml.c5.xlarge'),
  },
  {
    ...{ name: 'ml.c5.xlarge', cores: 2, memoryGibibytes: 8, coreGigaflops: skylake },
    dollarsPerHour: secondary(0.204),
  },
  {
    ...{ name: 'ml.m5.large', cores: 1, memoryGibibytes: 8, coreGigaflops: skylake },
    dollarsPerHour: derived(0.115, 'ml.m5.xlarge'),
  },
  {
    ...{ name: 'ml.m5.xlarge', cores: 2, memoryGibibytes: 16, coreGigaflops: skylake },
    dollarsPerHour: secondary(0.23),
  },
  {
    ...{ name: 'ml.c6i.large', cores: 1, memoryGibibytes: 4, coreGigaflops: iceLake },
    dollarsPerHour: listed(0.102, '2025-10'),
  },
  {
    ...{ name: 'ml.c6i.xlarge', cores: 2, memoryGibibytes: 8, coreGigaflops: iceLake },
    dollarsPerHour: secondary(0.204),
  },
  {
    ...{ name: 'ml.c6i.2xlarge', cores: 4, memoryGibibytes: 16, coreGigaflops: iceLake },
    dollarsPerHour: derived(0.408, 'ml.c6i.xlarge'),
  },
  {
    ...{ name: 'ml.c6i.4xlarge', cores: 8, memoryGibibytes: 32, coreGigaflops: iceLake },
    dollarsPerHour: derived(0.816, 'ml.c6i.xlarge'),
  },
  {
    ...{ name: 'ml.c7i.large', cores: 1, memoryGibibytes: 4, coreGigaflops: sapphireRapids },
    dollarsPerHour: derived(0.1071, 'EC2 c7i.large'),
  },
  {
    ...{ name: 'ml.c7i.xlarge', cores: 2, memoryGibibytes: 8, coreGigaflops: sapphireRapids },
    dollarsPerHour: derived(0.2142, 'EC2 c7i.xlarge'),
  },
  {
    ...{ name: 'ml.c7i.2xlarge', cores: 4, memoryGibibytes: 16, coreGigaflops: sapphireRapids },
    dollarsPerHour: derived(0.4284, 'EC2 c7i.2xlarge'),
  },
  {
    ...{ name: 'ml.g4dn.xlarge', cores: 2, memoryGibibytes: 16, coreGigaflops: cascadeLake },
    ...{ gpu: gpu('T4', 8.1), dollarsPerHour: secondary(0.7364) },
  },
  {
    ...{ name: 'ml.g5.xlarge', cores: 2, memoryGibibytes: 16, coreGigaflops: rome },
    ...{ gpu: gpu('A10G', 31.2), dollarsPerHour: secondary(1.408) },
  },
  {
    ...{ name: 'ml.g6.xlarge', cores: 2, memoryGibibytes: 16, coreGigaflops: milan },
    ...{ gpu: gpu('L4', 30.3), dollarsPerHour: secondary(1.127) },
  },
];

/** One of the table that a `name` of an environment stands for. */
export const instanceTypeNamed = (name: string): InstanceType | undefined =>
  instanceTypes.find((type) => type.name === name);

export const dollarsPerMonth = (type: InstanceType, instances: number): number =>
  type.dollarsPerHour.value * hoursPerMonth * instances;
