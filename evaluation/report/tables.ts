import Table from 'cli-table3';
import type { Interval } from '../bootstrap.ts';
import { metricNames } from '../metrics.ts';
import { type SystemName, systemNames } from '../systems.ts';
import type { Summary, SystemSummary } from './summary.ts';

const percent = (value: number): string => (100 * value).toFixed(1);
const withInterval = ({ mean, low, high }: Interval): string => `${percent(mean)} [${percent(low)}, ${percent(high)}]`;

const table = (head: string[], rows: (string | number)[][]): string => {
  const drawn = new Table({ head, style: { head: [], border: [], compact: true } });
  drawn.push(...rows);
  return drawn.toString();
};

/** The tables that a person reads: quality, by class, differences, nothing, latency, and what the work took. */
export function tablesOf(summary: Summary): string {
  const systems = systemNames.flatMap((name): [SystemName, SystemSummary][] => {
    const ofSystem = summary.systems[name];
    return ofSystem === undefined ? [] : [[name, ofSystem]];
  });
  const [, first] = systems[0] ?? [];
  if (first === undefined) return 'no system was asked';
  const classes = Object.keys(first.classes);
  const parts = [
    `${summary.collection}, ${summary.half}: ${summary.documents} documents (${summary.indexed} in the index), ${first.queries} judged queries\n${Object.entries(
      summary.models,
    )
      .map(([endpoint, model]) => `${endpoint}: ${model}`)
      .join(', ')}`,
    `In per cent, with 95 % intervals over 1,000 resamples of the queries:\n${table(
      ['system', ...metricNames],
      systems.map(([name, { metrics }]) => [name, ...metricNames.map((metric) => withInterval(metrics[metric]))]),
    )}`,
  ];
  if (classes.length > 1)
    parts.push(
      `nDCG@10 by class:\n${table(
        ['class', 'queries', ...systems.map(([name]) => name)],
        classes.map((name) => [
          name,
          first.classes[name]?.queries ?? 0,
          ...systems.map(([, ofSystem]) => {
            const interval = ofSystem.classes[name];
            return interval === undefined ? '' : withInterval(interval);
          }),
        ]),
      )}`,
    );
  if (summary.comparisons.length > 0)
    parts.push(
      `nDCG@10 against the best single retriever, query by query:\n${table(
        ['system', 'against', 'difference', 'relative'],
        summary.comparisons.map(({ system, against, difference, relativePercent }) => [
          system,
          against,
          withInterval(difference),
          `${relativePercent >= 0 ? '+' : ''}${relativePercent.toFixed(1)} %`,
        ]),
      )}`,
    );
  parts.push(
    `Answered with nothing, and milliseconds by stage (p50 / p95):\n${table(
      ['system', 'of unanswerable', 'of answerable', 'latency'],
      systems.map(([name, { nothing, latencyMilliseconds }]) => [
        name,
        nothing.unanswerable === null ? '-' : `${percent(nothing.unanswerable)} %`,
        `${percent(nothing.answerable)} %`,
        Object.entries(latencyMilliseconds)
          .map(([stage, { p50, p95 }]) => `${stage} ${p50.toFixed(0)}/${p95.toFixed(0)}`)
          .join(', '),
      ]),
    )}`,
  );
  const { embedding, naming, indexingSeconds } = summary.work;
  const rate = ({ asked, characters, seconds }: { asked: number; characters: number; seconds: number }): string =>
    asked === 0
      ? 'all kept from earlier'
      : `${asked} texts in ${seconds.toFixed(0)} s (${(characters / 1000 / seconds).toFixed(0)} thousand characters/s)`;
  parts.push(`Embedding: ${rate(embedding)}. Names: ${rate(naming)}. Indexing: ${indexingSeconds.toFixed(0)} s.`);
  return parts.join('\n\n');
}
