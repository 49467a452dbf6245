import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { execa } from 'execa';
import type { Comparison } from '../bin/wirescope/compare-versions.ts';
import { back, type Reembedding, start, statusOf, switchOver } from '../bin/wirescope/reembed.ts';
import type { LedgerTable } from '../lambdas/clients/asset-ledger/table.ts';
import { openTable } from '../lambdas/clients/asset-ledger.ts';
import { type VersionIndex, Versions } from '../lambdas/embedding/versions.ts';
import { ApiCaller } from '../local/supervisor/api-caller.ts';
import { readLedger } from '../local/supervisor/ledger-view.ts';
import { type OwnSystem, withOwnSystem } from '../local/supervisor/own-system.ts';
import { places, root } from '../setup/places.ts';
import { mustRun } from '../setup/program.ts';
import type { Measurement } from './measurement.ts';
import { fillArchive } from './reembed/archive.ts';
import { type Answered, askFor, Newsroom, type Probe } from './reembed/newsroom.ts';

const fullCount = 5_000;
const candidate = 'embed-minilm-128';
const probeCount = 40;
const mostSecondsBack = 5;
const mostMinutes = 25;
/** What was written last has become visible to readers. */
const visibleMilliseconds = 3_000;

/**
 * 5,000 documents move to another embedding version and back under constant search and upload, in a system of their own.
 * `--documents N` is for a look at fewer.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const { values } = parseArgs({ args: [...options], options: { documents: { type: 'string' } } });
  const documentCount = Number(values.documents ?? fullCount);
  await mustRun(
    'packaging the candidate',
    'its message stands above.',
    places.pythonBinary,
    ['-m', 'wirescope_models', 'package', '--out', places.models, '--only', candidate],
    { cwd: `${root}/model-packaging` },
  );
  return withOwnSystem(
    { instance: 'measure-reembed', basePort: 6400, withSamples: false, embedNext: candidate },
    (system) => measureOn(system, documentCount),
  );
}

async function measureOn({ addresses, outputs }: OwnSystem, documentCount: number): Promise<Measurement> {
  const named = (name: string): string => outputs[name] ?? '';
  const table = openTable(named('LedgerTableName'));
  const versions = new Versions({
    ...{ deployed: named('EmbedVersions'), table, vectorIndexEndpoint: addresses.vectorIndex },
    sageMaker: new SageMakerRuntimeClient({}),
  });
  const move: Reembedding = { states: versions.states, deployed: versions.deployed };
  const api = new ApiCaller(named('ApiUrl'), named('UserPoolClientId'));
  const version = versions.current(await versions.states.read());
  const seeded = await fillArchive({ table, derivedBucket: named('DerivedBucketName'), version }, documentCount);
  await delay(visibleMilliseconds);
  const probes = await answerable(
    api,
    seeded.map(({ title, text, assetId }) => ({ text: `${title.split(', ')[0]} ${text}`, assetId })),
  );

  const newsroom = new Newsroom(api, probes, named('OriginalsBucketName'));
  const startedAt = performance.now();
  await start(move);
  await filled(move, `${addresses.emulator}/2015-03-31/functions/${named('ReembedderName')}/invocations`);
  const fillSeconds = (performance.now() - startedAt) / 1000;
  const compared = await compareAsOperator(probes);
  await switchOver(move);
  const next = labelOf(versions, 1);
  const switchSeconds = await secondsUntil(newsroom, next);
  await delay(20_000);
  const backAt = performance.now();
  await back(move);
  const backSeconds = await secondsUntil(newsroom, labelOf(versions, 0), backAt);
  await newsroom.close();
  await settled(table, newsroom.uploads.length);
  await delay(visibleMilliseconds);

  const [first, second] = await Promise.all(versions.active(await versions.states.read()).map(contentOf));
  const lost = newsroom.answered.filter(({ status, isFound }) => status === 200 && !isFound);
  const failed = newsroom.answered.filter(({ status }) => status !== 200);
  const missing = seeded.filter(({ documentId }) => !first?.ids.has(documentId) || !second?.ids.has(documentId));
  const strangers = (first?.strangers ?? 0) + (second?.strangers ?? 0);
  const isSame = first?.ids.size === second?.ids.size && [...(first?.ids ?? [])].every((id) => second?.ids.has(id));
  const wordsAlone = newsroom.answered.filter(({ embed }) => embed === undefined).length;
  return {
    targets: [
      {
        name: `${fullCount} documents are moved`,
        holds: documentCount >= fullCount,
        found: String(documentCount),
      },
      { name: 'no query failed', holds: failed.length === 0, found: `${failed.length} of ${newsroom.answered.length}` },
      {
        name: 'every query found the document it was about, before, while and after the archive moved',
        holds: lost.length === 0,
        found: `${lost.length} of ${newsroom.answered.length} did not`,
      },
      {
        name: `both versions hold all ${documentCount} documents and every upload, the same ones`,
        holds: missing.length === 0 && isSame && (first?.ids.size ?? 0) >= documentCount + newsroom.uploads.length,
        found: `${first?.ids.size} and ${second?.ids.size} documents, ${missing.length} missing, ${newsroom.uploads.length} uploads`,
      },
      {
        name: 'no vector stands in another version’s index',
        holds: strangers === 0,
        found: `${strangers} of ${(first?.ids.size ?? 0) + (second?.ids.size ?? 0)}`,
      },
      {
        name: 'an operator’s `reembed compare` says nDCG@10 of both versions and how much of the archive’s first ten they share',
        holds: compared.quality.every(({ ndcg10 }) => ndcg10 > 0 && ndcg10 <= 1) && compared.queries === probes.length,
        found: `${compared.quality.map(({ label, ndcg10 }) => `${label} ${ndcg10.toFixed(4)}`).join(', ')}; ${(100 * compared.top10Overlap).toFixed(1)} % shared for ${compared.queries} queries`,
      },
      {
        name: 'it says for which version search was not fitted',
        holds: compared.notFittedFor.length === 1 && compared.notFittedFor[0] === next,
        found: compared.notFittedFor.join(', '),
      },
      {
        name: `the way back takes less than ${mostSecondsBack} s`,
        holds: backSeconds < mostSecondsBack,
        found: `${backSeconds.toFixed(2)} s`,
      },
    ],
    figures: {
      documents: documentCount,
      uploads: newsroom.uploads.length,
      queries: newsroom.answered.length,
      queriesByWordsAlone: wordsAlone,
      fillSeconds: fillSeconds.toFixed(0),
      switchSeconds: switchSeconds.toFixed(2),
      backSeconds: backSeconds.toFixed(2),
    },
    details: { compared, lost: lost.slice(0, 20), failed: failed.slice(0, 20) },
  };
}

/** By the command line, as its user would. */
async function compareAsOperator(probes: readonly Probe[]): Promise<Comparison> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wirescope-reembed-'));
  const queries = path.join(folder, 'queries.txt');
  await writeFile(queries, probes.map(({ text }) => text).join('\n'));
  try {
    const { stdout } = await execa(
      process.execPath,
      ['bin/wirescope.ts', 'reembed', 'compare', '--queries', queries, '--json'],
      { cwd: root, stderr: 'inherit' },
    );
    return JSON.parse(stdout) as Comparison;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const labelOf = ({ deployed }: Versions, at: number): string => `${deployed[at]?.name} ${deployed[at]?.version}`;

/** Queries that find their document before anything moves: of the others a miss would say nothing. */
async function answerable(api: ApiCaller, all: readonly Probe[]): Promise<Probe[]> {
  const probes: Probe[] = [];
  const stride = Math.floor(all.length / (2 * probeCount));
  for (let at = 0; at < all.length && probes.length < probeCount; at += stride) {
    const probe = all[at];
    if (probe !== undefined && (await askFor(api, probe)).isFound) probes.push(probe);
  }
  if (probes.length < probeCount) throw new Error(`only ${probes.length} queries find their document to begin with`);
  return probes;
}

/** Lets the re-embedding function run until it finds nothing missing, as its timer would. */
async function filled(move: Reembedding, invocations: string): Promise<void> {
  const until = Date.now() + mostMinutes * 60_000;
  while (!(await statusOf(move)).isCovered) {
    if (Date.now() > until) throw new Error(`the next version was not full after ${mostMinutes} minutes`);
    const answer = await fetch(invocations, { method: 'POST', body: '{}' });
    console.log(`re-embedding: ${(await answer.text()).slice(0, 200)}`);
    await delay(5_000);
  }
}

/** Until an answer to a query sent after now was embedded by this model. */
async function secondsUntil(newsroom: Newsroom, model: string, since = performance.now()): Promise<number> {
  const until = Date.now() + 60_000;
  for (;;) {
    const seen = newsroom.answered.find(({ at, embed }: Answered) => at >= since && embed === model);
    if (seen !== undefined) return (performance.now() - since) / 1000;
    if (Date.now() > until) return Number.POSITIVE_INFINITY;
    await delay(50);
  }
}

async function settled(table: LedgerTable, uploads: number): Promise<void> {
  const until = Date.now() + 5 * 60_000;
  for (;;) {
    const { assets } = await readLedger(table.client, table.tableName);
    const arrived = assets.filter(({ fileName }) => fileName.startsWith('bulletin-'));
    if (arrived.length >= uploads && arrived.every(({ status }) => status === 'indexed')) return;
    if (Date.now() > until) throw new Error(`${arrived.length} of ${uploads} uploads arrived, not all are indexed`);
    await delay(1_000);
  }
}

async function contentOf({ version, index }: VersionIndex): Promise<{ ids: Set<string>; strangers: number }> {
  const ids = new Set<string>();
  let strangers = 0;
  for await (const page of index.documentsInOrder())
    for (const { document } of page) {
      ids.add(document.documentId);
      const { name, version: made } = document.models.embed;
      if (name !== version.name || made !== version.version) strangers += 1;
    }
  return { ids, strangers };
}
