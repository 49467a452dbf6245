import { availableParallelism } from 'node:os';
import { readCollection } from '../../evaluation/collection/beir.ts';
import { evaluate } from '../../evaluation/evaluate.ts';
import { newsroom } from '../../evaluation/gate/gate.ts';
import { type Summary, summarise } from '../../evaluation/report/summary.ts';
import { tablesOf } from '../../evaluation/report/tables.ts';
import { singleSystems } from '../../evaluation/systems.ts';
import type { Measurement } from '../measurement.ts';

const leastGainPercent = 8;
const mostClassLossPercent = 1;
const leastNothing = 0.8;
const mostNothing = 0.03;

/** The reporting half of the newsroom collection: what fusing and reranking gain, and when nothing is answered. */
export async function measureQuality(): Promise<Measurement> {
  const evaluation = await evaluate(await readCollection(newsroom), {
    half: 'reporting',
    systems: ['bm25', 'vector', 'rrf', 'fused', 'fused+rerank', 'answered'],
    isNamed: true,
    processes: availableParallelism(),
  });
  const summary = summarise(evaluation);
  console.log(tablesOf(summary));
  return judge(summary);
}

/** Exported for its test: the targets over the figures of an evaluation. */
export function judge({ systems, comparisons }: Pick<Summary, 'systems' | 'comparisons'>): Measurement {
  const [best] = singleSystems
    .flatMap((name) => (systems[name] === undefined ? [] : [{ name, system: systems[name] }]))
    .sort((a, b) => b.system.metrics['nDCG@10'].mean - a.system.metrics['nDCG@10'].mean);
  const [reranked, answered] = [systems['fused+rerank'], systems.answered];
  const gain = comparisons.find(({ system }) => system === 'fused+rerank');
  if (!best || !reranked || !answered || !gain) throw new Error('a system that the targets need was not asked');
  const losses = Object.entries(best.system.classes).map(([name, { mean }]) => ({
    name,
    percent: ((reranked.classes[name]?.mean ?? 0) / mean - 1) * 100,
  }));
  const worst = losses.sort((a, b) => a.percent - b.percent)[0] ?? { name: 'none', percent: 0 };
  const { unanswerable, answerable } = answered.nothing;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return {
    targets: [
      {
        name: `fused + rerank beats the best single retriever by at least ${leastGainPercent} % nDCG@10`,
        holds: gain.relativePercent >= leastGainPercent,
        found: `${gain.relativePercent.toFixed(1)} % over ${best.name}`,
      },
      {
        name: `it loses to that retriever in no class by more than ${mostClassLossPercent} %`,
        holds: worst.percent >= -mostClassLossPercent,
        found: `worst in ${worst.name}: ${worst.percent.toFixed(1)} %`,
      },
      {
        name: `at least ${percent(leastNothing)} of unanswerable queries are answered with nothing`,
        holds: (unanswerable ?? 0) >= leastNothing,
        found: percent(unanswerable ?? 0),
      },
      {
        name: `at most ${percent(mostNothing)} of answerable ones are`,
        holds: answerable <= mostNothing,
        found: percent(answerable),
      },
    ],
    figures: {
      ndcgAt10: Number(reranked.metrics['nDCG@10'].mean.toFixed(4)),
      gainPercent: Number(gain.relativePercent.toFixed(1)),
      nothingOfUnanswerable: Number((unanswerable ?? 0).toFixed(3)),
      nothingOfAnswerable: Number(answerable.toFixed(3)),
    },
    details: { systems, comparisons },
  };
}
