/**
 * US East (N. Virginia), on demand, in dollars. Taken down on `asOf` and not looked up again since: no target depends
 * on them.
 */
export const prices = {
  lambdaGigabyteSecond: { dollars: 0.0000166667, source: 'https://aws.amazon.com/lambda/pricing/', asOf: '2025-10' },
  /** Two cores. Dollars by a GPU need frames a second on that GPU, which this machine does not have. */
  cpuInstanceHour: {
    ...{ dollars: 0.102, type: 'ml.c6i.large', cores: 2, isChecked: false },
    ...{ source: 'https://aws.amazon.com/sagemaker/pricing/', asOf: '2025-10' },
  },
} as const;

/** Lambda gives one core for each so many MiB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const memoryPerCoreGigabytes = 1769 / 1024;

export const decodeDollars = (coreSeconds: number): number =>
  coreSeconds * memoryPerCoreGigabytes * prices.lambdaGigabyteSecond.dollars;

export const inferenceDollars = (coreSeconds: number): number =>
  (coreSeconds / prices.cpuInstanceHour.cores / 3600) * prices.cpuInstanceHour.dollars;
