import { bootstrap, type Interval } from '../bootstrap.ts';
import type { Evaluation, QueryResult } from '../evaluate.ts';
import { type MetricName, metricNames } from '../metrics.ts';
import { type SystemName, singleSystems } from '../systems.ts';

export interface Comparison {
  system: SystemName;
  against: SystemName;
  /** Of nDCG@10, query by query. */
  difference: Interval;
  /** In per cent of the other's mean. */
  relativePercent: number;
}
export interface SystemSummary {
  queries: number;
  metrics: Record<MetricName, Interval>;
  /** nDCG@10 by class. */
  classes: Record<string, Interval & { queries: number }>;
  /** Shares of queries answered with nothing. */
  nothing: { unanswerable: number | null; answerable: number };
  latencyMilliseconds: Record<string, { p50: number; p95: number }>;
}
export interface Summary {
  collection: string;
  half: string;
  documents: number;
  indexed: number;
  models: Record<string, string>;
  work: Evaluation['work'];
  systems: Partial<Record<SystemName, SystemSummary>>;
  comparisons: Comparison[];
}

/** All figures of an evaluation; the same answers give the same figures, latencies aside. */
export function summarise(evaluation: Evaluation): Summary {
  const { results, ...about } = evaluation;
  const systems = Object.entries(results) as [SystemName, QueryResult[]][];
  const summaries = Object.fromEntries(systems.map(([system, ofSystem]) => [system, summariseSystem(ofSystem)]));
  return { ...about, systems: summaries, comparisons: compareWithBestSingle(systems, summaries) };
}

function summariseSystem(results: readonly QueryResult[]): SystemSummary {
  const answerable = results.filter(({ metrics }) => metrics !== undefined);
  const valuesOf = (of: readonly QueryResult[], name: MetricName): number[] =>
    of.flatMap(({ metrics }) => (metrics === undefined ? [] : [metrics[name]]));
  const classes = [...new Set(answerable.map((result) => result.class))].sort();
  const unanswerable = results.filter(({ isUnanswerable }) => isUnanswerable);
  return {
    queries: answerable.length,
    metrics: Object.fromEntries(
      metricNames.map((name) => [name, bootstrap(valuesOf(answerable, name))]),
    ) as SystemSummary['metrics'],
    classes: Object.fromEntries(
      classes.map((name) => {
        const ofClass = answerable.filter((result) => result.class === name);
        return [name, { ...bootstrap(valuesOf(ofClass, 'nDCG@10')), queries: ofClass.length }];
      }),
    ),
    nothing: {
      unanswerable: unanswerable.length === 0 ? null : shareOfNothing(unanswerable),
      answerable: shareOfNothing(answerable),
    },
    latencyMilliseconds: latencies(results),
  };
}

const shareOfNothing = (results: readonly QueryResult[]): number =>
  results.filter(({ isNothing }) => isNothing).length / Math.max(1, results.length);

function latencies(results: readonly QueryResult[]): SystemSummary['latencyMilliseconds'] {
  const stages = [...new Set(results.flatMap(({ tookMilliseconds }) => Object.keys(tookMilliseconds)))];
  return Object.fromEntries(
    stages.map((stage) => {
      const times = results.flatMap(({ tookMilliseconds }) => tookMilliseconds[stage] ?? []).sort((a, b) => a - b);
      const at = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;
      return [stage, { p50: at(0.5), p95: at(0.95) }];
    }),
  );
}

function compareWithBestSingle(
  systems: [SystemName, QueryResult[]][],
  summaries: Partial<Record<SystemName, SystemSummary>>,
): Comparison[] {
  const score = (system: SystemName): number => summaries[system]?.metrics['nDCG@10'].mean ?? Number.NaN;
  const singles = systems.filter(([system]) => singleSystems.includes(system));
  const best = singles.toSorted(([a], [b]) => score(b) - score(a))[0];
  if (best === undefined) return [];
  const [against, baseline] = best;
  const baselineOf = new Map(baseline.map((result) => [result.id, result.metrics?.['nDCG@10']]));
  return systems
    .filter(([system]) => !singleSystems.includes(system))
    .map(([system, results]) => {
      const differences = results.flatMap(({ id, metrics }) => {
        const other = baselineOf.get(id);
        return metrics === undefined || other === undefined ? [] : [metrics['nDCG@10'] - other];
      });
      return {
        system,
        against,
        difference: bootstrap(differences),
        relativePercent: (score(system) / score(against) - 1) * 100,
      };
    });
}
