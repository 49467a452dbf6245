import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import Table from 'cli-table3';
import { z } from 'zod';
import type { AssetKind } from '../lambdas/contracts/assets.ts';
import { parseIncomingKey } from '../lambdas/contracts/keys.ts';
import type { AssetRecord } from '../lambdas/contracts/ledger.ts';
import { ApiCaller } from '../local/supervisor/api-caller.ts';
import { type LedgerView, readLedger } from '../local/supervisor/ledger-view.ts';
import { readSamples, type Sample, sampleFile, uploadSamples } from '../local/supervisor/newsroom.ts';
import { type OwnSystem, withOwnSystem } from '../local/supervisor/own-system.ts';
import { root } from '../setup/places.ts';
import { type Measurement, percentile } from './measurement.ts';

const settleLimitSeconds = 900;
const firstHits = 3;

const queriesSchema = z.array(
  z.object({
    query: z.string(),
    class: z.string(),
    expect: z.array(z.string()).min(1),
    shot: z.object({ startSeconds: z.number() }).optional(),
    passageContains: z.string().optional(),
  }),
);

type Way = 'bucket' | 'page';
const otherWay = { bucket: 'page', page: 'bucket' } as const;

/** One arrival of a sample: under which key it went up, which way, and when its last byte had left. */
interface Sent {
  sample: Sample;
  key: string;
  way: Way;
  sentAt: number;
}

/** Samples that belong together (an asset and its sidecars) go the same way; the groups take turns. */
export function waysOf(samples: readonly Sample[]): Map<string, Way> {
  const stems = [...new Set(samples.map((sample) => parseIncomingKey(sample.key)?.stem ?? sample.key))];
  return new Map(stems.map((stem, index) => [stem, index % 2 === 0 ? 'bucket' : 'page']));
}

class Journey {
  private readonly samples = readSamples();
  private readonly ways = waysOf(this.samples);
  private readonly s3 = new S3Client({ forcePathStyle: true });
  private readonly dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  private readonly outputs: Record<string, string>;
  readonly api: ApiCaller;

  constructor({ outputs }: OwnSystem) {
    this.outputs = outputs;
    this.api = new ApiCaller(outputs['ApiUrl'] ?? '', outputs['UserPoolClientId'] ?? '');
  }

  ledger(): Promise<LedgerView> {
    return readLedger(this.dynamo, this.outputs['LedgerTableName'] ?? '');
  }

  /** Sends every sample; `isSwapped` takes the other way, so that both are used for each. */
  async sendAll(isSwapped: boolean): Promise<Sent[]> {
    const sent: Sent[] = [];
    for (const sample of this.samples) {
      const incoming = parseIncomingKey(sample.key);
      const stem = incoming?.stem ?? sample.key;
      const own = this.ways.get(stem) ?? 'bucket';
      // What no desk could send through the page, such as a key that is none, can only come through the bucket.
      const way: Way = incoming ? (isSwapped ? otherWay[own] : own) : 'bucket';
      let key = sample.key;
      if (way === 'bucket') await uploadSamples(this.s3, this.outputs['OriginalsBucketName'] ?? '', [sample]);
      else
        key = await this.api.upload(sampleFile(sample), {
          fileName: incoming?.fileName ?? '',
          desk: incoming?.desk ?? '',
          batch: batchOf(stem, isSwapped),
        });
      sent.push({ sample, key, way, sentAt: Date.now() });
    }
    return sent;
  }

  /** Waits until every sent file is recorded and nothing is processing; notes when each asset is first found. */
  async settle(sent: readonly Sent[], arrivals: number): Promise<{ view: LedgerView; foundAt: Map<string, number> }> {
    const foundAt = new Map<string, number>();
    const deadline = Date.now() + settleLimitSeconds * 1000;
    let quiet = 0;
    for (;;) {
      const view = await this.ledger();
      for (let page = 1; page <= 4; page += 1) {
        const newest = await this.api.search({ q: '', size: '50', page: String(page) });
        for (const hit of newest.hits) if (!foundAt.has(hit.assetId)) foundAt.set(hit.assetId, Date.now());
        if (newest.hits.length < 50) break;
      }
      const recorded = new Set(view.uploads.map((upload) => upload.object.key));
      const isSettled =
        sent.every(({ key }) => recorded.has(key)) &&
        view.uploads.length >= arrivals &&
        view.assets.every((asset) => asset.status !== 'processing');
      // Visibility lags behind the ledger's confirmation, and a late sidecar starts another attempt.
      quiet = isSettled ? quiet + 1 : 0;
      if (quiet >= 6 || Date.now() > deadline) return { view, foundAt };
      await delay(500);
    }
  }
}

const batchOf = (stem: string, isSwapped: boolean): string =>
  `${Buffer.from(stem).toString('hex').slice(-28)}${isSwapped ? '-again' : '-first'}`;

interface Ending {
  sent: Sent;
  found: string;
  asExpected: boolean;
}

/** What became of a sample, in the manifest's words. */
function endingOf(sent: Sent, view: LedgerView): Ending {
  const upload = view.uploads.find(({ object }) => object.key === sent.key);
  const asset = view.assets.find(({ assetId }) => assetId === upload?.assetId);
  const reason = upload?.outcome === 'refused' ? upload.reason : asset?.reason;
  const { expect } = sent.sample;
  const found = !upload
    ? 'never recorded'
    : upload.outcome === 'admitted'
      ? (asset?.status ?? 'no asset')
      : upload.outcome;
  const isEnd =
    expect === 'replaced' ? found === 'withdrawn' && /replaced by version/i.test(reason ?? '') : found === expect;
  const saysWhy =
    expect !== 'refused' || (reason ?? '').toLowerCase().includes((sent.sample.reason ?? '').toLowerCase());
  return { sent, found: reason ? `${found}: ${reason}` : found, asExpected: isEnd && saysWhy };
}

async function measureOn(system: OwnSystem): Promise<Measurement> {
  const journey = new Journey(system);
  const first = await journey.sendAll(false);
  const { view, foundAt } = await journey.settle(first, first.length);

  const endings = first.map((sent) => endingOf(sent, view));
  const wrongEnds = endings.filter((ending) => !ending.asExpected);
  for (const { sent, found } of wrongEnds)
    console.log(`unexpected end of ${sent.sample.key} (${sent.way}): ${found}, expected ${sent.sample.expect}`);

  const byAsset = new Map<string, AssetRecord>(view.assets.map((asset) => [asset.assetId, asset]));
  const assetOf = (key: string): string | undefined => {
    const sent = first.find(({ sample }) => sample.key === key);
    return view.uploads.find(({ object }) => object.key === sent?.key)?.assetId;
  };
  const waits: Record<AssetKind, number[]> = { photo: [], video: [], story: [] };
  for (const { key, sentAt } of first) {
    const upload = view.uploads.find(({ object, outcome }) => object.key === key && outcome === 'admitted');
    const asset = upload?.assetId ? byAsset.get(upload.assetId) : undefined;
    const found = upload?.assetId ? foundAt.get(upload.assetId) : undefined;
    if (asset && found) waits[asset.kind].push((found - sentAt) / 1000);
  }

  const queries = queriesSchema.parse(JSON.parse(readFileSync(path.join(root, 'local/samples/queries.json'), 'utf8')));
  const table = new Table({
    head: ['query', 'class', 'found', 'first hit'],
    style: { head: [], border: [], compact: true },
  });
  const ranks: { query: string; class: string; rank: number | null; isExactPlace: boolean | null }[] = [];
  for (const query of queries) {
    const wanted = new Set(query.expect.map(assetOf));
    const { hits } = await journey.api.search({ q: query.query, size: '10' });
    const index = hits.findIndex((hit) => wanted.has(hit.assetId));
    const best = hits[index]?.matches[0];
    const isExactPlace = query.shot
      ? best?.shot !== undefined &&
        best.shot.startSeconds <= query.shot.startSeconds &&
        query.shot.startSeconds < best.shot.endSeconds
      : query.passageContains
        ? (best?.text.includes(query.passageContains) ?? false)
        : null;
    ranks.push({ query: query.query, class: query.class, rank: index < 0 ? null : index + 1, isExactPlace });
    table.push([
      query.query.slice(0, 52),
      query.class,
      index < 0
        ? 'NOT FOUND'
        : `${index + 1}${index < firstHits ? '' : ' TOO LOW'}${isExactPlace === false ? ' (other shot or passage)' : ''}`,
      (hits[0]?.title ?? 'nothing').slice(0, 44),
    ]);
  }
  console.log(table.toString());
  const answered = ranks.filter(({ rank }) => rank !== null && rank <= firstHits).length;

  const again = await journey.sendAll(true);
  const second = (await journey.settle(again, first.length + again.length)).view;
  const knownAssets = new Set(view.assets.map(({ assetId }) => assetId));
  const newAssets = second.assets.filter(({ assetId }) => !knownAssets.has(assetId)).length;
  const doubles = again.filter(({ key, sample }) => {
    const upload = second.uploads.findLast(({ object }) => object.key === key);
    return (
      ['indexed', 'replaced', 'withdrawn', 'duplicate'].includes(sample.expect) &&
      upload?.outcome === 'admitted' &&
      key !== sample.key
    );
  }).length;
  const afterwards = await journey.api.search({ q: '', size: '1' });
  const isCountUnchanged =
    second.assets.filter(({ status }) => status === 'indexed').length ===
    view.assets.filter(({ status }) => status === 'indexed').length;

  const times = Object.entries(waits).map(([kind, values]) => ({
    kind,
    count: values.length,
    p50: Number(percentile(values, 0.5).toFixed(1)),
    p95: Number(percentile(values, 0.95).toFixed(1)),
  }));
  const timeTable = new Table({
    head: ['type', 'assets', 'p50 s', 'p95 s'],
    style: { head: [], border: [], compact: true },
  });
  for (const { kind, count, p50, p95 } of times) timeTable.push([kind, count, p50, p95]);
  console.log(`From upload to searchable, the whole newsroom sent at once:\n${timeTable}`);

  const never = first.filter(({ key }) => {
    const upload = view.uploads.find(({ object, outcome }) => object.key === key && outcome === 'admitted');
    const asset = upload?.assetId ? byAsset.get(upload.assetId) : undefined;
    return asset?.status === 'indexed' && !isHidden(asset.assetId) && !foundAt.has(asset.assetId);
  });
  function isHidden(assetId: string): boolean {
    const sample = first.find(({ key }) =>
      view.uploads.some((u) => u.object.key === key && u.assetId === assetId),
    )?.sample;
    return sample?.reason !== undefined && /embargo|withheld/i.test(sample.reason);
  }

  return {
    targets: [
      {
        name: 'every upload ends as written down for it',
        holds: wrongEnds.length === 0,
        found: `${endings.length - wrongEnds.length} of ${endings.length}`,
      },
      {
        name: 'everything indexed is found',
        holds: never.length === 0 && foundAt.size > 0,
        found: never.length === 0 ? `${foundAt.size} assets` : never.map(({ key }) => key).join(', '),
      },
      {
        name: 'the same bytes again make no second asset',
        holds: newAssets === 0 && doubles === 0 && isCountUnchanged,
        found: `${newAssets} new assets, ${doubles} admitted again, ${afterwards.total} searchable`,
      },
      { name: 'at least 20 queries are asked', holds: queries.length >= 20, found: String(queries.length) },
      {
        name: `each query finds its asset in the first ${firstHits}`,
        holds: answered === queries.length,
        found: `${answered} of ${queries.length}`,
      },
    ],
    figures: {
      uploads: first.length,
      assets: view.assets.length,
      queriesAnswered: `${answered}/${queries.length}`,
      ...Object.fromEntries(
        times.flatMap(({ kind, p50, p95 }) => [
          [`${kind}P50Seconds`, p50],
          [`${kind}P95Seconds`, p95],
        ]),
      ),
    },
    details: { ranks, times, unexpectedEnds: wrongEnds.map(({ sent, found }) => ({ key: sent.sample.key, found })) },
  };
}

/** Uploads the sample newsroom both ways into an empty system of its own and asks the written queries. */
export const measure = (): Promise<Measurement> =>
  withOwnSystem({ instance: 'measure', basePort: 6500, withSamples: false }, measureOn);
