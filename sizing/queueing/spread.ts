import { type LoadSpread, loadAt, type OpenLevel, type ServiceModel } from '../profile/profile.ts';
import { type Instance, outcomeOf } from './outcome.ts';

const draws = 5;
const halvings = 7;
const mostSpread = 1.2;

/** A model without spread, and the open loops of the profile that it was made from, by rising rate. */
export interface Measured {
  model: ServiceModel;
  open: readonly OpenLevel[];
  instance: Instance;
}

/**
 * For each open loop of a profile the spread of work at which it, simulated anew, has its measured 95th percentile: what
 * programs worked on average is known of it, not by how much it varied. Of several profiles the loops in the same place
 * share one, with which their percentiles are met in the median.
 * @returns by rising load; a spread is 0 where tails are no longer than without one
 */
export function spreadsOf(measured: readonly Measured[]): LoadSpread[] {
  const places = Math.max(0, ...measured.map(({ open }) => open.length));
  return Array.from({ length: places }, (_, place) => {
    const loops = measured.flatMap(({ open, ...rest }) => {
      const level = open[place];
      return level === undefined ? [] : [{ ...rest, level }];
    });
    return { load: middle(loops.map(loadOf)), spread: spreadOf(loops) };
  });
}

interface Loop {
  model: ServiceModel;
  instance: Instance;
  level: OpenLevel;
}

const loadOf = ({ model, instance, level }: Loop): number =>
  loadAt(model, level.ratePerSecond, instance.server.workers);

function spreadOf(loops: readonly Loop[]): number {
  const isTooLittle = (spread: number): boolean => middle(loops.map((loop) => ratioOf(loop, spread))) < 1;
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
function ratioOf({ model, instance, level: { arrivals, milliseconds } }: Loop, spread: number): number {
  const varied = { ...model, spreadsByLoad: [{ load: 1, spread }] };
  const found = Array.from(
    { length: draws },
    (_, seed) => outcomeOf(varied, arrivals, { instances: 1, instance }, seed).p95Milliseconds,
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
