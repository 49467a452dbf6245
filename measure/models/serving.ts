import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { readCollection, readCorpus } from '../../evaluation/collection/beir.ts';
import { describe } from '../../evaluation/collection/descriptions.ts';
import { embeddingText } from '../../lambdas/embedding/model-texts.ts';
import { places, root } from '../../setup/places.ts';
import { type Measurement, percentile } from '../measurement.ts';
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

const wanted = { timesPadded: 5, timesUnpadded: 1.3, qualityShare: 0.005, overhead: 1.4, usefulShare: 0.95 };
const rounds = 3;
/** A machine's pace may change within half a minute: what is told apart by tenths is asked close together, and often. */
const overheadTurns = 11;
const clientCounts = [1, 4] as const;
/** Asked for in every round of every side. */
const queriesPerRound = 60;
const warmUps = 10;
const firstPort = 6110;
const portsEach = 5;

const sides = ['shipped', 'padded', 'unpadded', 'torchserve'] as const;
type Side = (typeof sides)[number];
type Times = Map<string, number[]>;

const median = (values: readonly number[]): number => percentile(values, 0.5);

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
      const overhead = await timeOverhead(servers, prepared, queries);
      const times = await timeAll(servers, prepared, queries);
      const quality = await qualities(endpoint, servers);
      const tokens = await tokenShare(prepared, queries);
      add(measurement, endpoint, { overhead, times, quality, tokens, archiveSha256: prepared.archiveSha256 });
    } finally {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    }
  }
  return measurement;
}

async function startAll(prepared: PreparedModel, python: string): Promise<Map<Side, MeasuredServer>> {
  mkdirSync(cache, { recursive: true });
  const servers = new Map<Side, MeasuredServer>();
  for (const [index, side] of sides.entries())
    servers.set(
      side,
      await MeasuredServer.start({
        python: side === 'padded' || side === 'unpadded' ? python : places.pythonBinary,
        kind: side === 'torchserve' ? 'torchserve' : 'onnx-server',
        modelFolder: side === 'torchserve' ? prepared.shipped : prepared[side],
        port: firstPort + index * portsEach,
        logFile: path.join(cache, `${prepared.model.name}-${side}.log`),
      }),
    );
  return servers;
}

interface Overhead {
  bareP50: number;
  /** Of a server's p50 over that of the archive's own code without a server: the median of the turns' shares. */
  onnxServer: number;
  torchServe: number;
  turns: number[];
}

async function timeOverhead(
  servers: ReadonlyMap<Side, MeasuredServer>,
  prepared: PreparedModel,
  queries: readonly string[],
): Promise<Overhead> {
  const turns: { bare: number; shipped: number; torchserve: number }[] = [];
  for (let turn = 0; turn < overheadTurns; turn += 1) {
    const start = (turn % rounds) * queriesPerRound;
    const asked = queries.slice(start, start + queriesPerRound).map((text) => ({ texts: [text] }));
    const bodies = asked.map((request) => JSON.stringify(request));
    const p50 = async (side: 'shipped' | 'torchserve'): Promise<number> =>
      percentile(await askBy(1, servers.get(side) as MeasuredServer, bodies), 0.5);
    const alone = z.array(z.number()).parse(await bare('time', prepared.shipped, asked));
    turns.push({ bare: percentile(alone, 0.5), shipped: await p50('shipped'), torchserve: await p50('torchserve') });
  }
  const over = (side: 'shipped' | 'torchserve'): number[] => turns.map((turn) => turn[side] / turn.bare);
  const found = {
    bareP50: median(turns.map((turn) => turn.bare)),
    onnxServer: median(over('shipped')),
    torchServe: median(over('torchserve')),
    turns: over('shipped').map((share) => Number(share.toFixed(2))),
  };
  console.log(`${prepared.model.name}: the server's p50 over the bare model's, by turns: ${found.turns.join(', ')}`);
  return found;
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
      for (const [side, server] of servers) keep(`${side} ${clients}`, await askBy(clients, server, bodies));
    console.log(
      `${prepared.model.name}, round ${round + 1} of ${rounds}: p50 of ${[...times].map(([key, values]) => `${key} ${percentile(values, 0.5).toFixed(2)}`).join(', ')} ms`,
    );
  }
  return times;
}

/** Milliseconds of each, by clients that send their next request when they have their answer; a few before are not counted. */
async function askBy(clients: number, server: MeasuredServer, bodies: readonly string[]): Promise<number[]> {
  const file = path.join(cache, 'bodies.json');
  await writeFile(file, JSON.stringify([...bodies.slice(0, warmUps), ...bodies]));
  const program = path.join(import.meta.dirname, 'ask.py');
  const { stdout } = await execa(places.pythonBinary, [program, String(server.port), String(clients), file]);
  return z.array(z.number()).parse(JSON.parse(stdout)).slice(warmUps);
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
  overhead: Overhead;
  times: Times;
  quality: Record<'shipped' | 'padded' | 'unpadded', number>;
  tokens: { useful: number; processed: number };
  archiveSha256: string;
}

function add(measurement: Required<Measurement>, endpoint: TextEndpoint, found: Found): void {
  const { overhead, times, quality, tokens } = found;
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
  measurement.targets.push({
    name: `${endpoint}: the server's p50 is at most ${wanted.overhead} times the bare model's`,
    holds: overhead.onnxServer <= wanted.overhead,
    found: `${overhead.onnxServer.toFixed(2)} (${milliseconds(overhead.bareP50)} bare; TorchServe ${overhead.torchServe.toFixed(2)}), the median of ${overheadTurns} turns`,
  });
  atLeast(
    `${endpoint}: at least ${wanted.usefulShare} of the processed tokens are useful`,
    tokens.useful / tokens.processed,
    wanted.usefulShare,
    `${tokens.useful} of ${tokens.processed}`,
  );
  measurement.figures[`${endpoint}BareP50Milliseconds`] = Number(overhead.bareP50.toFixed(2));
  measurement.figures[`${endpoint}Quality`] = Number(quality.shipped.toFixed(4));
  measurement.details = {
    ...(measurement.details as object),
    [endpoint]: {
      archiveSha256: found.archiveSha256,
      overhead,
      quality,
      tokens,
      requestsEach: rounds * queriesPerRound,
    },
  };
}
