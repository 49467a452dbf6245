import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { LedgerRows } from '../../clients/ledger-rows.ts';
import type { ObjectVersions, VersionPlace } from '../../clients/object-versions.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import type { S3Object } from '../../contracts/assets.ts';
import { assetIdSchema } from '../../contracts/assets.ts';
import { assetPrefix, assetsPrefix, incomingPrefix, uploadId } from '../../contracts/keys.ts';
import { graceMinutes, isOlder } from './grace.ts';
import type { Finding, Page } from './walk.ts';

export interface OriginalsPhaseClients {
  originals: Pick<ObjectVersions, 'page' | 'bucketName'>;
  rows: Pick<LedgerRows, 'uploadsKnown'>;
  announce: (object: S3Object) => Promise<void>;
  now: () => Date;
}

/** Every version that lies below the incoming prefix against the record of its arrival. */
export async function originalsPage(clients: OriginalsPhaseClients, cursor: string | undefined): Promise<Page> {
  const { originals, rows, announce, now } = clients;
  const page = await originals.page(incomingPrefix, readPlace(cursor));
  const settled = page.versions.filter(
    ({ isDeleteMarker, lastModified }) => !isDeleteMarker && isOlder(lastModified, graceMinutes.settled, now()),
  );
  const arrivals = settled.map(({ key, versionId }) => {
    const object: S3Object = { bucket: originals.bucketName, key, versionId };
    return { object, id: uploadId(object) };
  });
  const known = await rows.uploadsKnown(arrivals.map(({ id }) => id));
  const findings = arrivals
    .filter(({ id }) => !known.has(id))
    .map(
      ({ object }): Finding => ({
        kind: 'object without upload record',
        about: object.key,
        repair: () => announce(object),
      }),
    );
  return { seen: { objects: page.versions.length }, findings, cursor: page.next && JSON.stringify(page.next) };
}

const readPlace = (cursor: string | undefined): VersionPlace | undefined =>
  cursor === undefined ? undefined : (JSON.parse(cursor) as VersionPlace);

export interface DerivedPhaseClients {
  derived: Pick<ObjectVersions, 'folders' | 'below' | 'delete'>;
  ledger: Pick<AssetLedger, 'getAssets' | 'getAsset'>;
  withdrawals: Pick<Withdrawals, 'standing'>;
  now: () => Date;
}

/** Every folder of derived objects against its asset. */
export async function derivedPage(clients: DerivedPhaseClients, cursor: string | undefined): Promise<Page> {
  const { derived, ledger, withdrawals, now } = clients;
  const page = await derived.folders(assetsPrefix, cursor);
  const ids = page.folders.map((folder) => folder.slice(assetsPrefix.length, -1)).filter(isAssetId);
  const assets = await ledger.getAssets(ids);
  const findings: Finding[] = [];
  for (const assetId of ids.filter((id) => !assets.has(id))) {
    const withdrawal = await withdrawals.standing(assetId);
    // A feed lays its shots beside a clip that comes a moment later.
    if (withdrawal === undefined && !(await isSettled(derived, assetId, now()))) continue;
    findings.push({
      kind: withdrawal === undefined ? 'derived objects without an asset' : 'derived objects of a withdrawn asset',
      about: assetId,
      repair: async () => {
        if ((await ledger.getAsset(assetId)) !== undefined) return;
        for await (const versions of derived.below(assetPrefix(assetId))) await derived.delete(versions);
      },
    });
  }
  return { seen: { folders: page.folders.length }, findings, cursor: page.next };
}

const isAssetId = (id: string): boolean => assetIdSchema.safeParse(id).success;

async function isSettled(derived: DerivedPhaseClients['derived'], assetId: string, now: Date): Promise<boolean> {
  for await (const versions of derived.below(assetPrefix(assetId)))
    if (versions.some(({ lastModified }) => !isOlder(lastModified, graceMinutes.settled, now))) return false;
  return true;
}
