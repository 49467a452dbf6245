import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readCollection, readCorpus } from '../../evaluation/collection/beir.ts';
import { describe } from '../../evaluation/collection/descriptions.ts';
import { embeddingText } from '../../lambdas/embedding/model-texts.ts';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
import { bareP50Of, overheadTarget, type Turn, takeTurns } from './overhead.ts';
import {
  bare,
  cache,
  eagerPython,
  type PreparedModel,
  prepareModel,
  type TextEndpoint,
  textEndpoints,
} from './prepare.ts';
import { qualityOf, textsPerRequest } from './quality.ts';
import { readQueries } from './queries.ts';
import { MeasuredServer } from './server.ts';

const wanted = { timesPadded: 5, timesUnpadded: 1.3, qualityShare: 0.005, usefulShare: 0.95 };
const rounds = 3;
const clientCounts = [1, 4] as const;
/** Asked for in every round of every side. */
const queriesPerRound = 60;
const firstPort = 6110;
const portsEach = 5;

const sides = ['shipped', 'padded', 'unpadded', 'torchserve'] as const;
type Side = (typeof sides)[number];
type Times = Map<string, number[]>;

/**
 * The text models as they ship against eager PyTorch of the same weights, both in the onnx-server with one thread:
 * padded to 150 tokens as TorchServe's published Hugging Face example does, and each text at its own length. The shipped
 * archive is also asked in TorchServe, in turn with all others, and what a server adds is told in turns of its own.
 */
export async function measureServing(): Promise<Measurement> {
  const python = await eagerPython();
  const queries = await readQueries();
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: { queries: queries.length } };
  for (const endpoint of textEndpoints) {
    const prepared = await prepareModel(endpoint);
    const servers = await startAll(prepared, python);
    try {
      const turns = await takeTurns(
        prepared.shipped,
        queries,
        () => start('shipped', prepared, python, firstPort + sides.length * portsEach),
        servers.get('torchserve') as MeasuredServer,
      );
      const times = await timeAll(servers, prepared, queries);
      const quality = await qualities(endpoint, servers);
      const tokens = await tokenShare(prepared, queries);
      add(measurement, endpoint, { turns, times, quality, tokens, archiveSha256: prepared.archiveSha256 });
    } finally {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    }
  }
  return measurement;
}

async function startAll(prepared: PreparedModel, python: string): Promise<Map<Side, MeasuredServer>> {
  const servers = new Map<Side, MeasuredServer>();
  for (const [index, side] of sides.entries())
    servers.set(side, await start(side, prepared, python, firstPort + index * portsEach));
  return servers;
}

function start(side: Side, prepared: PreparedModel, python: string, port: number): Promise<MeasuredServer> {
  mkdirSync(cache, { recursive: true });
  return MeasuredServer.start({
    python: side === 'padded' || side === 'unpadded' ? python : places.pythonBinary,
    kind: side === 'torchserve' ? 'torchserve' : 'onnx-server',
    modelFolder: side === 'torchserve' ? prepared.shipped : prepared[side],
    port,
    logFile: path.join(cache, `${prepared.model.name}-${side}-${port}.log`),
  });
}

/** Milliseconds by side and number of clients. */
async function timeAll(
  servers: ReadonlyMap<Side, MeasuredServer>,
  prepared: PreparedModel,
  queries: readonly string[],
): Promise<Times> {
  const times: Times = new Map();
  const keep = (key: string, values: readonly number[]) => times.set(key, [...(times.get(key) ?? []), ...values]);
  for (let round = 0; round < rounds; round += 1) {
    const asked = queries.slice(round * queriesPerRound, (round + 1) * queriesPerRound);
    const bodies = asked.map((text) => JSON.stringify({ texts: [text] }));
    for (const clients of clientCounts)
      for (const [side, server] of servers) keep(`${side} ${clients}`, await server.milliseconds(bodies, clients));
    console.log(
      `${prepared.model.name}, round ${round + 1} of ${rounds}: p50 of ${[...times].map(([key, values]) => `${key} ${percentile(values, 0.5).toFixed(2)}`).join(', ')} ms`,
    );
  }
  return times;
}

async function qualities(
  endpoint: TextEndpoint,
  servers: ReadonlyMap<Side, MeasuredServer>,
): Promise<Record<'shipped' | 'padded' | 'unpadded', number>> {
  const of = (side: Side): Promise<number> =>
    qualityOf(endpoint, (body) => (servers.get(side) as MeasuredServer).ask(body));
  return { shipped: await of('shipped'), padded: await of('padded'), unpadded: await of('unpadded') };
}

const tokensSchema = z.object({ useful: z.number(), processed: z.number() });

/** Of single queries as search sends them, and of the collection's documents as enrichment does. */
async function tokenShare(prepared: PreparedModel, queries: readonly string[]): Promise<z.infer<typeof tokensSchema>> {
  const collection = await readCollection(path.join(root, 'evaluation', 'newsroom'));
  const texts: string[] = [];
  for await (const document of readCorpus(collection)) texts.push(...describe(document).map(embeddingText));
  const batches = Array.from({ length: Math.ceil(texts.length / textsPerRequest) }, (_, at) =>
    texts.slice(at * textsPerRequest, (at + 1) * textsPerRequest),
  );
  const requests = [...queries.map((text) => [text]), ...batches].map((batch) => ({ texts: batch }));
  return tokensSchema.parse(await bare('tokens', prepared.shipped, requests));
}

interface Found {
  turns: readonly Turn[];
  times: Times;
  quality: Record<'shipped' | 'padded' | 'unpadded', number>;
  tokens: { useful: number; processed: number };
  archiveSha256: string;
}

function add(measurement: Required<Measurement>, endpoint: TextEndpoint, found: Found): void {
  const { turns, times, quality, tokens } = found;
  const p = (side: Side, clients: number, share: number): number =>
    percentile(times.get(`${side} ${clients}`) ?? [], share);
  const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;
  const atLeast = (name: string, value: number, least: number, detail: string): void => {
    measurement.targets.push({ name, holds: value >= least, found: `${value.toFixed(2)} (${detail})` });
  };
  for (const clients of clientCounts) {
    const at = `at ${clients} ${clients === 1 ? 'client' : 'clients'}`;
    for (const [side, least] of [
      ['padded', wanted.timesPadded],
      ['unpadded', wanted.timesUnpadded],
    ] as const)
      atLeast(
        `${endpoint} ${at}: p50 is at least ${least} times lower than that of eager PyTorch, ${side}`,
        p(side, clients, 0.5) / p('shipped', clients, 0.5),
        least,
        `${milliseconds(p('shipped', clients, 0.5))} to ${milliseconds(p(side, clients, 0.5))}`,
      );
    for (const side of sides) {
      const name = `${endpoint}${side[0]?.toUpperCase()}${side.slice(1)}`;
      measurement.figures[`${name}P50Milliseconds${clients}`] = Number(p(side, clients, 0.5).toFixed(2));
      measurement.figures[`${name}P95Milliseconds${clients}`] = Number(p(side, clients, 0.95).toFixed(2));
    }
  }
  for (const side of ['padded', 'unpadded'] as const) {
    const lost = 1 - quality.shipped / quality[side];
    measurement.targets.push({
      name: `${endpoint}: ${endpoint === 'embed' ? 'nDCG@10' : 'F1'} is within ${100 * wanted.qualityShare} % of that of eager PyTorch, ${side}`,
      holds: lost <= wanted.qualityShare,
      found: `${quality.shipped.toFixed(4)} to ${quality[side].toFixed(4)}`,
    });
  }
  measurement.targets.push(overheadTarget(endpoint, turns));
  atLeast(
    `${endpoint}: at least ${wanted.usefulShare} of the processed tokens are useful`,
    tokens.useful / tokens.processed,
    wanted.usefulShare,
    `${tokens.useful} of ${tokens.processed}`,
  );
  measurement.figures[`${endpoint}BareP50Milliseconds`] = Number(bareP50Of(turns).toFixed(2));
  measurement.figures[`${endpoint}Quality`] = Number(quality.shipped.toFixed(4));
  measurement.details = {
    ...(measurement.details as object),
    [endpoint]: {
      archiveSha256: found.archiveSha256,
      turns,
      quality,
      tokens,
      requestsEach: rounds * queriesPerRound,
    },
  };
}
