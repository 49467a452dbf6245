import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { Enricher } from '../evaluation/models/served.ts';
import { readOpenTexts } from '../evaluation/open-texts.ts';
import { embeddingText } from '../lambdas/embedding/model-texts.ts';
import { environments } from '../lib/config/environments.ts';
import { environmentSchema } from '../lib/config/schema.ts';
import { startSearchNode } from '../local/search/own-node.ts';
import { root } from '../setup/places.ts';
import { asVectors, nearest, recallOf } from './hnsw/exact.ts';
import { type Build, type Built, GraphIndex } from './hnsw/graph-index.ts';
import { type Measurement, percentile } from './measurement.ts';
import { type MeasurePart, measureParts, readParts } from './parts.ts';

const wantedVectors = 50_000;
const wantedQueries = 300;
const depth = 10;
const wantedRecall = 0.95;
const builds: readonly Build[] = [
  { linksPerNode: 8, efConstruction: 64 },
  { linksPerNode: 16, efConstruction: 128 },
  { linksPerNode: 16, efConstruction: 256 },
  { linksPerNode: 32, efConstruction: 256 },
];
const widths = [10, 20, 50, 100, 200, 400];
const heapMebibytes = 1024;

interface Row extends Build, Built {
  k: number;
  recall: number;
  p50: number;
  p95: number;
}

const nameOf = ({ linksPerNode, efConstruction }: Build): string => `m${linksPerNode}-ef${efConstruction}`;

/**
 * Sweeps the graph's parameters over real embeddings, recall@10 against an exact search in this process. Each graph is a
 * part of its own, so that a sweep that was cut off goes on; the embeddings are kept as evaluations keep them.
 * @param options names of graphs (`m16-ef256`), all where none is named; `--vectors` and `--queries` for a look
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const { values, positionals } = parseArgs({
    args: [...options],
    allowPositionals: true,
    options: { vectors: { type: 'string' }, queries: { type: 'string' } },
  });
  const count = Number(values.vectors ?? wantedVectors);
  const queryCount = Number(values.queries ?? wantedQueries);
  const parts: Record<string, MeasurePart> = Object.fromEntries(
    builds.map((build) => [nameOf(build), () => measureBuild(build, count, queryCount)]),
  );
  const unknown = positionals.filter((name) => !(name in parts));
  if (unknown.length > 0)
    throw new Error(`the measure of hnsw has no part "${unknown[0]}"; there is ${Object.keys(parts).join(', ')}.`);
  const wanted = positionals.length > 0 ? positionals : Object.keys(parts);
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'hnsw.json')));
}

async function measureBuild(build: Build, count: number, queryCount: number): Promise<Measurement> {
  const rows = await embeddings(count + queryCount);
  const [stored, asked] = [rows.slice(0, count), rows.slice(count)];
  const all = asVectors(stored);
  const exact = asked.map((query) => nearest(all, query, depth));
  const node = await startSearchNode({ heapMebibytes });
  try {
    const index = new GraphIndex(node);
    const built = await index.build(stored, build);
    console.error(`${nameOf(build)}: ${built.seconds.toFixed(0)} s`);
    for (const query of asked) await index.search(query, Math.max(...widths));
    const found: Row[] = [];
    for (const k of widths) {
      const times: number[] = [];
      const recalls: number[] = [];
      for (const [place, query] of asked.entries()) {
        const startedAt = performance.now();
        const places = await index.search(query, k);
        times.push(performance.now() - startedAt);
        recalls.push(recallOf(places, exact[place] ?? []));
      }
      const recall = recalls.reduce((sum, one) => sum + one, 0) / recalls.length;
      found.push({ ...build, ...built, k, recall, p50: percentile(times, 0.5), p95: percentile(times, 0.95) });
    }
    print(found);
    return conclusion(build, found, count, queryCount);
  } finally {
    await node.stop();
  }
}

async function embeddings(count: number): Promise<number[][]> {
  const texts = readOpenTexts(count).map(embeddingText);
  const enricher = await Enricher.start(2);
  try {
    await enricher.embedAll(texts);
    return texts.map((text) => enricher.vectors.get(text));
  } finally {
    await enricher.stop();
  }
}

function print(found: readonly Row[]): void {
  const table = new Table({
    head: [
      'm',
      'ef_construction',
      'k',
      'recall@10',
      'p50 ms',
      'p95 ms',
      'build s',
      'segments',
      'store MiB',
      'node MiB',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const row of found)
    table.push([
      row.linksPerNode,
      row.efConstruction,
      row.k,
      row.recall.toFixed(4),
      row.p50.toFixed(1),
      row.p95.toFixed(1),
      row.seconds.toFixed(0),
      row.segments,
      row.storeMebibytes.toFixed(0),
      row.nodeMebibytes.toFixed(0),
    ]);
  console.log(table.toString());
}

function conclusion(build: Build, found: readonly Row[], count: number, queryCount: number): Measurement {
  const { linksPerNode, efConstruction, efSearch } = environmentSchema.parse(environments.prod).search;
  const isChosen = build.linksPerNode === linksPerNode && build.efConstruction === efConstruction;
  // The widest of the sweep that is no wider than the stacks' own setting.
  const chosen = isChosen ? found.filter(({ k }) => k <= efSearch).at(-1) : undefined;
  return {
    targets: [
      { name: `at least ${wantedVectors} real embeddings`, holds: count >= wantedVectors, found: String(count) },
      ...(chosen === undefined
        ? []
        : [
            {
              name: `recall@10 of what the stacks create (ef_search ${efSearch}) is at least ${wantedRecall}`,
              holds: chosen.recall >= wantedRecall,
              found: `${chosen.recall.toFixed(4)} at k ${chosen.k}`,
            },
          ]),
    ],
    figures: {
      vectors: count,
      queries: queryCount,
      ...(chosen === undefined
        ? {}
        : {
            recallAt10: Number(chosen.recall.toFixed(4)),
            p50Milliseconds: Number(chosen.p50.toFixed(1)),
            p95Milliseconds: Number(chosen.p95.toFixed(1)),
          }),
    },
    details: found,
  };
}
