import path from 'node:path';
import type { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { estimateCaptions } from '../../lambdas/clients/captions/cost.ts';
import type { LedgerRows } from '../../lambdas/clients/ledger-rows.ts';
import type { AssetKind } from '../../lambdas/contracts/assets.ts';
import { type CaptionSettings, dailyLimit, maxCaptionsPerAsset } from '../../lambdas/contracts/captions.ts';
import { parseIncomingKey, uploadId } from '../../lambdas/contracts/keys.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import type { SourceObject } from './backfill-source.ts';

/** By the name alone: what a file is, its bytes tell when it is admitted. */
export type NamedKind = AssetKind | 'sidecar' | 'other';
const extensions: Readonly<Record<AssetKind, readonly string[]>> = {
  photo: ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.heic', '.heif', '.avif'],
  video: ['.mp4', '.mov', '.m4v', '.mkv', '.webm', '.ts', '.mts', '.mxf', '.avi'],
  story: ['.txt', '.html', '.htm', '.json'],
};
const assetKinds = Object.keys(extensions) as AssetKind[];

export function kindByName(key: string): NamedKind {
  const parsed = parseIncomingKey(key);
  if (parsed?.sidecar !== undefined) return 'sidecar';
  const extension = path.posix.extname(key).toLowerCase();
  return assetKinds.find((kind) => extensions[kind].includes(extension)) ?? 'other';
}

export interface KindCount {
  objects: number;
  bytes: number;
}
export interface BackfillEstimate {
  objects: number;
  bytes: number;
  byKind: Partial<Record<NamedKind, KindCount>>;
  /** Objects that the archive has met before: they are passed over. */
  known: number;
  /** Absent where captions are off. Of pictures that nobody has described; sidecars make it less. */
  captions?: { lowMicroDollars: number; highMicroDollars: number; days?: number | undefined };
  /** By how long recent assets of each kind took; absent where there are none to go by. */
  hours?: number;
}

/** Photos and videos that are new, by desk. */
type NewPictures = Map<string, { photos: number; videos: number }>;

export interface EstimateClients {
  rows: Pick<LedgerRows, 'uploadsKnown'>;
  originalsBucket: string;
  captions: CaptionSettings | 'off';
  secondsByKind: Partial<Record<AssetKind, number>>;
  /** Workflows at once. */
  workflows: number;
}

/** Counts what a backfill would do. Memory is bounded by one page. */
export async function estimateBackfill(
  clients: EstimateClients,
  pages: AsyncIterable<readonly SourceObject[]>,
  seen: (objects: number) => void = () => {},
): Promise<BackfillEstimate> {
  const estimate: BackfillEstimate = { objects: 0, bytes: 0, byKind: {}, known: 0 };
  const pictures: NewPictures = new Map();
  const fresh: Partial<Record<AssetKind, number>> = {};
  for await (const page of pages) {
    const ids = page.map(({ key, versionId }) => uploadId({ bucket: clients.originalsBucket, key, versionId }));
    const known = await clients.rows.uploadsKnown(ids);
    estimate.known += known.size;
    for (const [at, { key, bytes }] of page.entries()) {
      const kind = kindByName(key);
      const counted = estimate.byKind[kind] ?? { objects: 0, bytes: 0 };
      estimate.byKind[kind] = { objects: counted.objects + 1, bytes: counted.bytes + bytes };
      estimate.objects += 1;
      estimate.bytes += bytes;
      if (known.has(ids[at] ?? '') || kind === 'sidecar' || kind === 'other') continue;
      fresh[kind] = (fresh[kind] ?? 0) + 1;
      note(pictures, key, kind);
    }
    seen(estimate.objects);
  }
  return { ...estimate, ...money(clients.captions, pictures), ...time(clients, fresh) };
}

function note(pictures: NewPictures, key: string, kind: AssetKind): void {
  const desk = parseIncomingKey(key)?.desk ?? '';
  const { photos, videos } = pictures.get(desk) ?? { photos: 0, videos: 0 };
  pictures.set(desk, { photos: photos + Number(kind === 'photo'), videos: videos + Number(kind === 'video') });
}

/** Low: photos alone, as most pictures cost. High: every keyframe that may be captioned too, each as dear as can be. */
function money(captions: CaptionSettings | 'off', pictures: NewPictures): Pick<BackfillEstimate, 'captions'> {
  if (captions === 'off') return {};
  const desks = [...pictures].map(([desk, { photos, videos }]) => {
    const limit = dailyLimit(captions, desk);
    const low = estimateCaptions(captions, photos, limit);
    const high = estimateCaptions(captions, photos + videos * maxCaptionsPerAsset, limit);
    return { low: low.lowMicroDollars, high: high.highMicroDollars, days: high.days };
  });
  const days = desks.map((desk) => desk.days);
  return {
    captions: {
      lowMicroDollars: desks.reduce((sum, { low }) => sum + low, 0),
      highMicroDollars: desks.reduce((sum, { high }) => sum + high, 0),
      // Each desk has its own money: the slowest says when the last caption comes.
      days: days.includes(undefined) ? undefined : Math.max(0, ...days.map((each) => each ?? 0)),
    },
  };
}

function time(
  { secondsByKind, workflows }: Pick<EstimateClients, 'secondsByKind' | 'workflows'>,
  fresh: Partial<Record<AssetKind, number>>,
): Pick<BackfillEstimate, 'hours'> {
  let seconds = 0;
  for (const kind of assetKinds) {
    const count = fresh[kind] ?? 0;
    const each = secondsByKind[kind];
    if (count > 0 && each === undefined) return {};
    seconds += count * (each ?? 0);
  }
  return { hours: seconds / workflows / 3600 };
}

const daysBack = 7;
const dayMilliseconds = 24 * 3600 * 1000;
const uploadsPerDeskAndDay = 50;

/** How long the workflow took for recent assets of each kind: the middle one, in seconds. */
export async function recentSeconds(
  ledger: Pick<AssetLedger, 'listDesks' | 'listUploads' | 'getAssets'>,
  now: Date,
): Promise<Partial<Record<AssetKind, number>>> {
  const durations = new Map<AssetKind, number[]>();
  for (const desk of await ledger.listDesks())
    for (let back = 0; back < daysBack; back++) {
      const day = new Date(now.getTime() - back * dayMilliseconds).toISOString().slice(0, 10);
      const uploads = await ledger.listUploads({ desk, day, limit: uploadsPerDeskAndDay });
      const assets = await ledger.getAssets(uploads.flatMap(({ assetId }) => assetId ?? []));
      for (const asset of assets.values()) {
        const seconds = workSeconds(asset);
        if (seconds !== undefined) durations.set(asset.kind, [...(durations.get(asset.kind) ?? []), seconds]);
      }
    }
  return Object.fromEntries(
    [...durations].map(([kind, all]) => [kind, all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]]),
  );
}

/** From the start of its first step after admission to the index. */
function workSeconds({ status, steps, indexedAt }: AssetRecord): number | undefined {
  const startedAt = steps.shots?.startedAt ?? steps.describe?.startedAt;
  if (status !== 'indexed' || indexedAt === undefined || startedAt === undefined) return undefined;
  return (Date.parse(indexedAt) - Date.parse(startedAt)) / 1000;
}

const microDollarsPerDollar = 1_000_000;
const dollars = (microDollars: number): string => `$${(microDollars / microDollarsPerDollar).toFixed(2)}`;
const sized = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
const howLong = (hours: number): string =>
  hours < 1 ? counted(Math.ceil(hours * 60), 'minute') : `${hours.toFixed(1)} hours`;

/** For a person who has to say yes. */
export function estimateInWords({ objects, bytes, byKind, known, captions, hours }: BackfillEstimate): string {
  return [
    `${counted(objects, 'object')}, ${sized(bytes)}, ${known} of them met before and passed over.`,
    ...Object.entries(byKind).map(([kind, count]) => `  ${kind.padEnd(8)} ${count.objects}, ${sized(count.bytes)}`),
    captions === undefined
      ? 'Captions are off: nothing is spent on them.'
      : `Captions: ${dollars(captions.lowMicroDollars)} to ${dollars(captions.highMicroDollars)}, ${
          captions.days === undefined
            ? 'and a desk has no money for any'
            : `within ${counted(captions.days, 'day')} of the desks' limits`
        }.`,
    hours === undefined
      ? 'Time: not known, for no such asset was indexed in the last week.'
      : `Time: about ${howLong(hours)} where nothing else comes; live uploads go first.`,
  ].join('\n');
}
