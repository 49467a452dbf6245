import type { Arrival } from '../load/arrivals.ts';
import type { Program } from '../load/processor-time.ts';
import type { IdleShare } from '../queueing/machine.ts';

/** One answered request: how long its texts are together, and how long its answer took. */
export interface TimedRequest {
  length: number;
  milliseconds: number;
}
/** Processor time of each program for one request, in milliseconds. */
export type Work = Readonly<Record<Program, number>>;
/** So many callers, each of whom sends the next request when the last one is answered. */
export interface Level {
  concurrency: number;
  /** Of each caller between an answer and its next request; 0 where nothing is said. */
  pauseMilliseconds?: number;
  seconds: number;
  requests: TimedRequest[];
  /** Where the endpoint runs on this machine. */
  work?: Work;
}
/** An open loop: requests came at random, whether or not earlier ones had been answered. */
export interface OpenLevel {
  ratePerSecond: number;
  arrivals: readonly Arrival[];
  /** How long each arrival's answer took. */
  milliseconds: readonly number[];
  work: Work;
}
/** What was measured of one endpoint, the level of one caller first. */
export interface Profile {
  levels: Level[];
  /** By rising rate; none where the endpoint's processes cannot be seen. */
  open?: OpenLevel[];
  /** Workers behind the endpoint while it was measured, all instances together. */
  workers: number;
}

/** What a program works for a request over what it works for a lone caller's, at a share of the most that is carried. */
export interface LoadShare {
  load: number;
  share: number;
}

/**
 * By how much one visit's work differs from another's beyond all that is known of it, at a share of the most that is
 * carried: the standard deviation of its logarithm.
 */
export interface LoadSpread {
  load: number;
  spread: number;
}

/** A program beside the workers that works for every request, half of it on the way there and half on the way back. */
export interface Companion {
  program: Exclude<Program, 'worker'>;
  milliseconds: number;
  /** Of it when another request came right before. */
  shareWhenBusy: number;
  /** Of it when there was none for so long. */
  sharesWhenIdle: IdleShare[];
  /** Of it on average, by rising load; none where no open loop was measured. */
  sharesByLoad: LoadShare[];
}

/** What a request costs, apart into what occupies a worker, what occupies other programs, and what only takes time. */
export interface ServiceModel {
  /** How long a worker was held, one figure a measured request: drawn from, they keep the distribution as it is. */
  holdMilliseconds: number[];
  /** The part of a hold that does not grow with the text. */
  fixedMilliseconds: number;
  /** What a request waits for beside all work: the wire, and in AWS proxies whose work nobody sees. */
  overheadMilliseconds: number;
  /** By which a hold grows for each 100 characters. */
  millisecondsPer100: number;
  /** In the order in which a request meets them; none where the endpoint's processes cannot be seen. */
  companions: Companion[];
  /** A worker's hold right after another one, over its hold when it had to be woken. */
  shareWhenBusy: number;
  /** The same after so long without a request. */
  sharesWhenIdle: IdleShare[];
  /** The same on average, by rising load. */
  sharesByLoad: LoadShare[];
  /** By rising load, as `spreadsOf` finds them; none where no open loop was measured. */
  spreadsByLoad: LoadSpread[];
  /**
   * What a worker waits for its next request after an answer, while the model server hands that answer on: by the
   * utilisation law workers / throughput at saturation, less its own work.
   */
  turnaroundMilliseconds: number;
}

/** The measured load cannot have been what it should have been. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * What a request costs. Where processes can be seen, each program's part is its processor time for a lone caller's
 * request, and what is left of the answer's time is overhead. Where they cannot, a worker's hold follows from the
 * utilisation law: with enough callers the workers are never idle, so that each request holds one for workers /
 * throughput, and what a lone caller waits beyond that is overhead.
 * @throws ProfileError where nothing was measured
 */
export function serviceModelOf({ levels, open = [], workers }: Profile): ServiceModel {
  const lone = levels.find(({ concurrency, pauseMilliseconds = 0 }) => concurrency === 1 && pauseMilliseconds === 0);
  const paused = levels.filter(({ concurrency, pauseMilliseconds = 0 }) => concurrency === 1 && pauseMilliseconds > 0);
  const alone = lone?.requests ?? [];
  const fastest = levels.toSorted((a, b) => throughputOf(b) - throughputOf(a))[0];
  const throughput = fastest === undefined ? 0 : throughputOf(fastest);
  if (alone.length < 2 || !(throughput > 0)) throw new ProfileError('too few requests were answered to size by.');
  const times = alone.map(({ milliseconds }) => milliseconds);
  const loads = loadsOf(open, throughput, fastest?.work);
  const companions = companionsOf(lone, fastest?.work, paused, loads);
  const beside = companions.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const meanHold = lone?.work?.worker ?? (1000 * workers) / throughput;
  const overheadMilliseconds = Math.max(0, Math.min(mean(times) - meanHold - beside, Math.min(...times)));
  // A request whose companions were faster than usual leaves its worker a little, not less than nothing.
  const holds = times.map((time) => Math.max(time - overheadMilliseconds - beside, leastShare * meanHold));
  const scale = meanHold / mean(holds);
  const line = leastSquares(
    alone.map(({ length }) => length),
    holds,
  );
  return {
    holdMilliseconds: holds.map((hold) => hold * scale),
    fixedMilliseconds: scale * Math.min(mean(holds), Math.max(0, line.intercept)),
    overheadMilliseconds,
    millisecondsPer100: 100 * scale * Math.max(0, line.slope),
    companions,
    shareWhenBusy: shareOf(fastest?.work?.worker, lone?.work?.worker),
    sharesWhenIdle: sharesWhenIdle('worker', lone, paused),
    sharesByLoad: sharesByLoad('worker', lone, loads),
    spreadsByLoad: [],
    turnaroundMilliseconds:
      fastest?.work === undefined ? 0 : Math.max(0, (1000 * workers) / throughput - fastest.work.worker),
  };
}

const leastShare = 0.1;
/** What callers who wait for their answers got through at most. */
export const mostPerSecond = (levels: readonly Level[]): number => Math.max(...levels.map(throughputOf));
const throughputOf = ({ requests, seconds }: Level): number => requests.length / seconds;

const order = ['client', 'endpointServer', 'modelServer'] as const;
function companionsOf(
  lone: Level | undefined,
  busy: Work | undefined,
  paused: readonly Level[],
  loads: readonly LoadedWork[],
): Companion[] {
  const work = lone?.work;
  if (work === undefined) return [];
  return order
    .filter((program) => work[program] > 0)
    .map((program) => ({
      ...{ program, milliseconds: work[program] },
      shareWhenBusy: shareOf(busy?.[program], work[program]),
      sharesWhenIdle: sharesWhenIdle(program, lone, paused),
      sharesByLoad: sharesByLoad(program, lone, loads),
    }));
}

interface LoadedWork {
  load: number;
  work: Work;
}

/** Open loops and, as the load of all that is carried, the callers who never let the workers rest. */
function loadsOf(open: readonly OpenLevel[], throughput: number, busy: Work | undefined): LoadedWork[] {
  if (open.length === 0 || busy === undefined) return [];
  return [
    ...open.map(({ ratePerSecond, work }) => ({ load: ratePerSecond / throughput, work })),
    { load: 1, work: busy },
  ].toSorted((a, b) => a.load - b.load);
}

function sharesByLoad(program: Program, lone: Level | undefined, loads: readonly LoadedWork[]): LoadShare[] {
  const first = lone?.work?.[program];
  return first === undefined || first === 0
    ? []
    : loads.map(({ load, work }) => ({ load, share: work[program] / first }));
}

/**
 * The share at a load: what a program works in a second grows in a straight line between two measured loads. As at the
 * nearest one outside of them; nothing where none was measured.
 */
export function shareAtLoad(load: number, shares: readonly LoadShare[]): number | undefined {
  const at = shares.findIndex((one) => one.load >= load);
  const [before, after] = [shares[at === -1 ? shares.length - 1 : at - 1], shares[at]];
  if (before === undefined || after === undefined) return (before ?? after)?.share;
  const way = (load - before.load) / (after.load - before.load);
  return (before.share * before.load * (1 - way) + after.share * after.load * way) / load;
}

/** The spread at a load, in a straight line between two measured loads, and as at the nearest one outside of them. */
export function spreadAtLoad(load: number, spreads: readonly LoadSpread[]): number {
  const at = spreads.findIndex((one) => one.load >= load);
  const [before, after] = [spreads[at === -1 ? spreads.length - 1 : at - 1], spreads[at]];
  if (before === undefined || after === undefined) return (before ?? after)?.spread ?? 0;
  return before.spread + ((after.spread - before.spread) * (load - before.load)) / (after.load - before.load);
}

/**
 * What a program works for a lone caller's request, by how long it had nothing to do before: the caller's pause, and what
 * the programs in front of it did meanwhile for the last answer and the next request.
 */
function sharesWhenIdle(program: Program, lone: Level | undefined, paused: readonly Level[]): IdleShare[] {
  const first = lone?.work?.[program];
  if (lone === undefined || first === undefined || first === 0 || paused.length === 0) return [];
  const before: readonly Program[] = program === 'worker' ? order : order.slice(0, order.indexOf(program));
  return [lone, ...paused]
    .flatMap(({ work, pauseMilliseconds = 0 }) =>
      work === undefined
        ? []
        : [
            {
              idleMilliseconds: pauseMilliseconds + before.reduce((sum, one) => sum + work[one], 0),
              share: work[program] / first,
            },
          ],
    )
    .toSorted((a, b) => a.idleMilliseconds - b.idleMilliseconds);
}

/** Warm caches make work less; more of it was another's doing. */
const shareOf = (busy: number | undefined, lone: number | undefined): number =>
  busy === undefined || lone === undefined || lone === 0 ? 1 : Math.min(1, busy / lone);

export const meanHoldMilliseconds = ({ holdMilliseconds }: ServiceModel): number => mean(holdMilliseconds);

/** For how long a worker that never rests takes no other request. */
export const busyOccupationMilliseconds = (model: ServiceModel): number =>
  meanHoldMilliseconds(model) * model.shareWhenBusy + model.turnaroundMilliseconds;

/** The share of the most that so many workers carry. */
export const loadAt = (model: ServiceModel, ratePerSecond: number, workers: number): number =>
  ((ratePerSecond / 1000) * busyOccupationMilliseconds(model)) / workers;

/** For how long a worker takes no other request. */
export const occupationMilliseconds = (model: ServiceModel): number =>
  meanHoldMilliseconds(model) + model.turnaroundMilliseconds;

/** The line of least squares; level where all `x` are equal. */
function leastSquares(x: readonly number[], y: readonly number[]): { intercept: number; slope: number } {
  const [meanX, meanY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope =
    spread === 0 ? 0 : x.reduce((sum, value, at) => sum + (value - meanX) * ((y[at] ?? 0) - meanY), 0) / spread;
  return { intercept: meanY - slope * meanX, slope };
}
