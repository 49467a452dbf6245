import type { NearDuplicates } from '../../clients/near-duplicates.ts';
import type { ObjectVersion, ObjectVersions } from '../../clients/object-versions.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import type { S3Object } from '../../contracts/assets.ts';
import { captionKeys } from '../../contracts/captions.ts';
import { inferencePrefix, parseIncomingKey } from '../../contracts/keys.ts';
import { type AssetRecord, ledgerKeys } from '../../contracts/ledger.ts';
import type { WithdrawalPlaces } from '../../contracts/withdrawal.ts';

export interface PlaceClients {
  withdrawals: Pick<Withdrawals, 'arrivals' | 'rowsOf'>;
  originals: Pick<ObjectVersions, 'of'>;
  nearDuplicates: Pick<NearDuplicates, 'findTraces'>;
}

const identity = ({ bucket, key, versionId }: S3Object): string => JSON.stringify([bucket, key, versionId]);
const union = (objects: readonly S3Object[]): S3Object[] => [
  ...new Map(objects.map((object) => [identity(object), object])).values(),
];
const distinct = (values: readonly string[]): string[] => [...new Set(values)];

/**
 * Where an asset's bytes, its sidecars and its answers lie, as far as its rows still tell.
 * @param earlier what an earlier run of the same withdrawal found: it stays, for the rows may be gone.
 */
export async function placesOf(
  { withdrawals, originals, nearDuplicates }: PlaceClients,
  asset: Pick<AssetRecord, 'assetId' | 'original' | 'stem'>,
  earlier?: WithdrawalPlaces,
): Promise<WithdrawalPlaces> {
  const { assetId, original, stem } = asset;
  const arrivals = [original, ...(await withdrawals.arrivals(assetId))];
  const stems = distinct([stem, ...arrivals.flatMap(({ key }) => parseIncomingKey(key)?.stem ?? [])]);
  const sidecarKeys: string[] = [];
  const ownStems: string[] = [];
  for (const each of stems) {
    const rows = await withdrawals.rowsOf(ledgerKeys.stemAsset(original.bucket, each).pk);
    // Another asset may have come to lie at the same stem: its sidecars are its own.
    if (!rows.some(({ sk, assetId: owner }) => sk === 'ASSET' && owner === assetId)) continue;
    ownStems.push(each);
    sidecarKeys.push(...rows.flatMap(({ object }) => (object === undefined ? [] : [(object as S3Object).key])));
  }
  const objects: S3Object[] = [];
  for (const key of distinct(arrivals.map((each) => each.key)))
    objects.push(...located(original.bucket, sameContent(await originals.of(key), versionsKnown(arrivals, key))));
  for (const key of distinct(sidecarKeys)) objects.push(...located(original.bucket, await originals.of(key)));
  const rows = await withdrawals.rowsOf(ledgerKeys.asset(assetId).pk);
  const inferenceKeys = rows.flatMap((row) => keysBelow(inferencePrefix, row));
  const paid = rows.flatMap(({ sk, captionKey }) =>
    sk.startsWith(captionKeys.usePrefix) && typeof captionKey === 'string' ? [captionKey] : [],
  );
  const traces = await nearDuplicates.findTraces(assetId);
  return {
    bucket: original.bucket,
    objects: union([...(earlier?.objects ?? []), ...objects]),
    stems: distinct([...(earlier?.stems ?? []), ...ownStems]),
    inferenceKeys: distinct([...(earlier?.inferenceKeys ?? []), ...inferenceKeys]),
    captionKeys: distinct([...(earlier?.captionKeys ?? []), ...paid]),
    traces: {
      likenesses: [
        ...new Map(
          [...(earlier?.traces.likenesses ?? []), ...traces.likenesses].map((one) => [one.documentId, one]),
        ).values(),
      ],
      members: distinct([...(earlier?.traces.members ?? []), ...traces.members]),
    },
  };
}

/** Keys that stand anywhere in a row: of claimed effects they are part of the result, or of what is expected. */
function keysBelow(prefix: string, value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith(prefix) ? [value] : [];
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((each) => keysBelow(prefix, each))
    : [];
}

const versionsKnown = (arrivals: readonly S3Object[], key: string): Set<string> =>
  new Set(arrivals.flatMap((each) => (each.key === key ? [each.versionId ?? 'null'] : [])));

/**
 * Of the versions of one key, those that are known to hold the asset's bytes, those that are equal to one of them, and
 * the marks of deletion where nothing else is left.
 */
export function sameContent(versions: readonly ObjectVersion[], known: ReadonlySet<string>): ObjectVersion[] {
  const likes = new Set(
    versions.filter(({ versionId }) => known.has(versionId)).map(({ etag, bytes }) => `${etag} ${bytes}`),
  );
  const same = versions.filter(
    ({ versionId, etag, bytes, isDeleteMarker }) =>
      known.has(versionId) || (!isDeleteMarker && likes.has(`${etag} ${bytes}`)),
  );
  const isAll = versions.every((version) => version.isDeleteMarker || same.includes(version));
  return isAll ? [...versions] : same;
}

const located = (bucket: string, versions: readonly ObjectVersion[]): S3Object[] =>
  versions.map(({ key, versionId }) => ({ bucket, key, versionId }));
