import { availableParallelism } from 'node:os';
import Table from 'cli-table3';
import { writeEnriched } from '../../evaluation/archive/filled-index.ts';
import { Enricher } from '../../evaluation/models/served.ts';
import { readOpenTexts } from '../../evaluation/open-texts.ts';
import { VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { embeddingText } from '../../lambdas/embedding/model-texts.ts';
import { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { type OwnSystem, withOwnSystem } from '../../local/supervisor/own-system.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { type Asked, askEach } from './load.ts';
import { untilMerged } from './merged.ts';
import { partsAlone } from './parts.ts';
import { isDegradedInTime, stoppable, whileStopped } from './stopped.ts';

const documentCount = 20_000;
const queryCount = 120;
const clientCount = 4;
const stoppedQueries = 8;
const mostMilliseconds = 150;
const mostTimesParts = 2;
const mostRerankMilliseconds = 1000;

/** 20,000 documents in a whole system of its own, asked through the API. */
export const measureSpeed = (): Promise<Measurement> =>
  withOwnSystem({ instance: 'measure-search', basePort: 5900, withSamples: false }, measureOn);

async function measureOn({ addresses, outputs }: OwnSystem): Promise<Measurement> {
  const index = new VectorIndex({
    endpoint: addresses.vectorIndex,
    indexName: outputs['IndexName'] ?? '',
    requestTimeoutMilliseconds: 120_000,
  });
  // The queries are other entries' words, so that each is about something and none is answered from memory.
  const descriptions = readOpenTexts(documentCount + 6 * queryCount);
  const texts = descriptions.slice(documentCount).map(({ title }) => title.split(', ')[0] ?? title);
  const queries = (turn: number): string[] => texts.slice(turn * queryCount, (turn + 1) * queryCount);
  await fill(index, descriptions.slice(0, documentCount));
  const segments = await untilMerged(addresses.openSearch, index.indexName);
  const api = new ApiCaller(outputs['ApiUrl'] ?? '', outputs['UserPoolClientId'] ?? '');
  await askEach(api, queries(5).slice(0, 20));

  const parts = await partsAlone(index, queries(0));
  const sumOfParts = Object.values(parts).reduce((sum, one) => sum + one, 0);
  const plain = await askEach(api, queries(1), { off: 'rerank' });
  const whole = await askEach(api, queries(2));
  const side = await Promise.all(
    Array.from({ length: clientCount }, (_, client) =>
      askEach(
        api,
        queries(3).filter((_, place) => place % clientCount === client),
      ),
    ),
  );
  const stopped = [];
  for (const [place, part] of stoppable.entries()) {
    const asked = await whileStopped(
      { api, models: addresses.models },
      part,
      queries(4).slice(place * stoppedQueries, (place + 1) * stoppedQueries),
    );
    stopped.push({ part, asked, holds: isDegradedInTime(part, asked) });
  }

  const took = (asked: readonly Asked[], stage: string): number[] =>
    asked.flatMap(({ answer }) => answer?.tookMilliseconds[stage] ?? []);
  const p95 = percentile(took(plain, 'total'), 0.95);
  const rerank = percentile(took(whole, 'rerank'), 0.95);
  const errors = [...plain, ...whole, ...side.flat()].filter(({ status }) => status !== 200).length;
  print(parts, [
    ['without rerank', plain],
    ['with rerank', whole],
    [`${clientCount} clients`, side.flat()],
  ]);
  return {
    targets: [
      {
        name: `with ${documentCount} documents p95 without rerank is at most ${mostMilliseconds} ms`,
        holds: p95 <= mostMilliseconds,
        found: `${p95.toFixed(0)} ms`,
      },
      {
        name: `that is at most ${mostTimesParts.toFixed(1)} times the sum of its parts' own medians`,
        holds: p95 <= mostTimesParts * sumOfParts,
        found: `${(p95 / sumOfParts).toFixed(2)} times ${sumOfParts.toFixed(0)} ms`,
      },
      {
        name: `the rerank of 50 takes at most ${mostRerankMilliseconds} ms (p95)`,
        holds: rerank <= mostRerankMilliseconds,
        found: `${rerank.toFixed(0)} ms`,
      },
      { name: `${clientCount} clients side by side get no error`, holds: errors === 0, found: `${errors} errors` },
      ...stopped.map(({ part, asked, holds }) => ({
        name: `without ${part} every answer is degraded, in time and no error`,
        holds,
        found: `${asked.filter(({ status }) => status === 200).length} of ${asked.length} answered, slowest ${Math.max(...took(asked, 'total')).toFixed(0)} ms`,
      })),
    ],
    figures: {
      documents: documentCount,
      cores: availableParallelism(),
      p95Milliseconds: Number(p95.toFixed(1)),
      sumOfPartsMilliseconds: Number(sumOfParts.toFixed(1)),
      rerankP95Milliseconds: Number(rerank.toFixed(1)),
    },
    details: {
      parts,
      segments,
      stages: Object.fromEntries(
        [...new Set(plain.flatMap(({ answer }) => Object.keys(answer?.tookMilliseconds ?? {})))].map((stage) => [
          stage,
          { p50: percentile(took(plain, stage), 0.5), p95: percentile(took(plain, stage), 0.95) },
        ]),
      ),
      wallP95: percentile(
        plain.map(({ wallMilliseconds }) => wallMilliseconds),
        0.95,
      ),
    },
  };
}

async function fill(index: VectorIndex, descriptions: ReturnType<typeof readOpenTexts>): Promise<void> {
  const enricher = await Enricher.start(availableParallelism());
  try {
    await enricher.embedAll(descriptions.map(embeddingText));
    await writeEnriched(index, { descriptions, enricher, isNamed: false });
  } finally {
    await enricher.stop();
  }
}

function print(parts: Record<string, number>, runs: [string, Asked[]][]): void {
  const table = new Table({ head: ['', 'stage', 'p50 ms', 'p95 ms'], style: { head: [], border: [], compact: true } });
  for (const [part, median] of Object.entries(parts)) table.push(['alone', part, median.toFixed(1), '']);
  for (const [name, asked] of runs) {
    const stages = [...new Set(asked.flatMap(({ answer }) => Object.keys(answer?.tookMilliseconds ?? {})))];
    for (const stage of stages) {
      const times = asked.flatMap(({ answer }) => answer?.tookMilliseconds[stage] ?? []);
      table.push([name, stage, percentile(times, 0.5).toFixed(1), percentile(times, 0.95).toFixed(1)]);
    }
    const walls = asked.map(({ wallMilliseconds }) => wallMilliseconds);
    table.push([name, 'seen by the client', percentile(walls, 0.5).toFixed(1), percentile(walls, 0.95).toFixed(1)]);
  }
  console.log(table.toString());
}
