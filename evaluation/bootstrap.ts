import { seededRandom } from './seeded-random.ts';

export interface Interval {
  mean: number;
  low: number;
  high: number;
}

export const resamples = 1000;
const seed = 20_240_601;

/**
 * The mean and its 95 % interval by the percentile bootstrap (Efron, 1979): the values are drawn again with replacement
 * 1,000 times. The same values give the same interval. For a difference of two systems give each query's difference:
 * the queries then stay paired.
 * @returns NaN throughout for no values
 */
export function bootstrap(values: readonly number[]): Interval {
  if (values.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const random = seededRandom(seed);
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++) sum += values[Math.floor(random() * values.length)] ?? 0;
    return sum / values.length;
  }).sort((a, b) => a - b);
  return { mean: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Linear between the two nearest of sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}
