import type { OpenLevel, ServiceModel } from '../profile/profile.ts';
import { type Instance, outcomeOf } from './outcome.ts';

const draws = 5;
const halvings = 7;
const mostSpread = 1.2;

/** A model without spread, and the open loops of the profile that it was made from. */
export interface Measured {
  model: ServiceModel;
  open: readonly OpenLevel[];
  instance: Instance;
}

/**
 * The spread of work at which open loops of profiles, simulated anew, have their measured 95th percentile in the median:
 * what programs worked on average is known of them, not by how much it varied.
 * @returns 0 where their tails are no longer than without one, or there are none
 */
export function spreadOf(measured: readonly Measured[]): number {
  const isTooLittle = (spread: number): boolean =>
    middle(measured.flatMap((one) => one.open.map((level) => ratioOf(one, level, spread)))) < 1;
  if (!isTooLittle(0)) return 0;
  let [little, much] = [0, mostSpread];
  for (let halving = 0; halving < halvings; halving++) {
    const spread = (little + much) / 2;
    if (isTooLittle(spread)) little = spread;
    else much = spread;
  }
  return (little + much) / 2;
}

/** The simulated over the measured 95th percentile. */
function ratioOf({ model, instance }: Measured, { arrivals, milliseconds }: OpenLevel, spread: number): number {
  const found = Array.from(
    { length: draws },
    (_, seed) => outcomeOf({ ...model, spread }, arrivals, { instances: 1, instance }, seed).p95Milliseconds,
  );
  return middle(found) / at95(milliseconds);
}

/** Of an even number, the mean of both in the middle. */
function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? Number.NaN, sorted[sorted.length >> 1] ?? Number.NaN];
  return (low + high) / 2;
}

function at95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}
