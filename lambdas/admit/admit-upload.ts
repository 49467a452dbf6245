import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { Withdrawals } from '../clients/withdrawals.ts';
import type { Workflow } from '../clients/workflow.ts';
import { deskSchema, type S3Object } from '../contracts/assets.ts';
import type { Delivery } from '../contracts/deliveries.ts';
import { crashesToSetAside } from '../contracts/errors.ts';
import { type IncomingKey, parseIncomingKey, uploadId } from '../contracts/keys.ts';
import type { AssetRecord, UploadRecord } from '../contracts/ledger.ts';
import type { ObjectCreatedEvent } from '../contracts/workflow.ts';
import { RefusedError } from '../runtime/errors.ts';
import { type Examination, examine, examineSidecar } from './examine.ts';
import { keepOut } from './keep-out.ts';
import { startForSidecar } from './start-for-sidecar.ts';

export interface AdmitClients {
  originals: MediaBucket;
  ledger: AssetLedger;
  workflow: Workflow;
  withdrawals: Pick<Withdrawals, 'standingOf' | 'recordReturn' | 'recordArrival'>;
}

/** Where uploads are listed whose key names no desk. */
const unassignedDesk = 'unassigned';

/** The desk that a key names, even where the rest of it cannot be taken: its editors read the refusal. */
const deskNamedBy = (key: string): string => deskSchema.safeParse(key.split('/')[1]).data ?? unassignedDesk;

type Outcome = Pick<UploadRecord, 'outcome' | 'assetId' | 'reason' | 'bytes'>;

/** A file whose admission crashed its worker too often. The message ends in the dead letter queue. */
export class UploadSetAsideError extends Error {
  override readonly name = 'UploadSetAsideError';
}

/**
 * Admits one arrival. Everything it does may be done again: a second delivery of the event finds the claim of the
 * first, starts what was not started, and is told the outcome that was written.
 *
 * What an earlier reception of this message began and did not answer has crashed; after so many crashes the upload is
 * set aside as failed, and whoever delivers it anew has it tried again.
 * @returns the upload as the ledger has it; `isFirst` is false where an earlier delivery had written it.
 * @throws UploadSetAsideError once it is set aside.
 */
export async function admitUpload(
  clients: AdmitClients,
  event: ObjectCreatedEvent,
  delivery: Delivery,
): Promise<{ upload: UploadRecord; isFirst: boolean }> {
  const { ledger } = clients;
  const arrival = arrivalOf(event);
  const earlier = await ledger.getUpload(arrival.uploadId);
  if (earlier !== undefined && earlier.outcome !== 'failed') return { upload: earlier, isFirst: false };
  const crashes = await ledger.beginDelivery(delivery);
  if (crashes >= crashesToSetAside) throw await setAside(ledger, arrival, crashes);
  const outcome = await outcomeOf(clients, arrival.object, parseIncomingKey(arrival.object.key), event);
  if (outcome.assetId !== undefined && outcome.outcome !== 'admitted')
    await clients.withdrawals.recordArrival(outcome.assetId, arrival.uploadId, arrival.object);
  return { upload: await ledger.putUpload({ ...arrival, ...outcome }), isFirst: true };
}

type Arrival = Omit<UploadRecord, 'outcome' | 'assetId' | 'reason'>;

function arrivalOf({ detail, time }: ObjectCreatedEvent): Arrival {
  const { bucket, object: stored } = detail;
  const object: S3Object = { bucket: bucket.name, key: stored.key, versionId: stored['version-id'] };
  const key = parseIncomingKey(object.key);
  return {
    uploadId: uploadId(object),
    desk: key?.desk ?? deskNamedBy(object.key),
    object,
    fileName: key?.fileName ?? object.key.split('/').at(-1) ?? object.key,
    arrivedAt: new Date(time).toISOString(),
    ...(stored.size === undefined ? {} : { bytes: stored.size }),
  };
}

async function setAside(ledger: AssetLedger, arrival: Arrival, crashes: number): Promise<UploadSetAsideError> {
  const reason =
    `Admitting this file crashed its worker ${crashes} times: it died, or ran out of memory or time. ` +
    'The file is set aside and nothing is lost; it can be tried again.';
  await ledger.putUpload({ ...arrival, outcome: 'failed', reason });
  return new UploadSetAsideError(reason);
}

async function outcomeOf(
  clients: AdmitClients,
  object: S3Object,
  key: IncomingKey | undefined,
  event: ObjectCreatedEvent,
): Promise<Outcome> {
  try {
    if (key === undefined)
      throw new RefusedError(
        'This key is not taken: put files below incoming/DESK/, the desk in lower-case letters, digits and hyphens, without ".." or empty folders.',
      );
    return key.sidecar === undefined
      ? await admitOriginal(clients, object, key)
      : await admitSidecar(clients, object, key, new Date(event.time).toISOString());
  } catch (error) {
    if (error instanceof RefusedError) return { outcome: 'refused', reason: error.message };
    throw error;
  }
}

async function admitSidecar(
  { originals, ledger, workflow, withdrawals }: AdmitClients,
  object: S3Object,
  { stem, sidecar = 'ninjs' }: IncomingKey,
  arrivedAt: string,
): Promise<Outcome> {
  const bytes = await examineSidecar(originals, object, sidecar === 'ninjs');
  const { assetId } = await ledger.joinSidecar({ sidecar, stem, object, arrivedAt });
  if (assetId !== undefined) await keepOut(withdrawals, { assetId }, object);
  if (assetId === undefined) return { outcome: 'sidecar', bytes };
  await startForSidecar(ledger, workflow, assetId, stem);
  return { outcome: 'sidecar', bytes, assetId };
}

async function admitOriginal(clients: AdmitClients, object: S3Object, key: IncomingKey): Promise<Outcome> {
  const { ledger, originals, workflow, withdrawals } = clients;
  const { bytes, ...examination } = await examine(originals, object);
  const earlierAttempts = await keepOut(withdrawals, examination, object);
  const { isNew, asset } = await ledger.claimAsset(newAsset(object, key, { bytes, ...examination }), {
    earlierAttempts,
  });
  const { assetId } = asset;
  // A withdrawal that began between the look and the claim is seen now; it takes the claim away with the rest.
  await keepOut(withdrawals, { assetId }, object);
  if (!isNew && !isSameObject(asset.original, object))
    return { bytes, ...(await meetExisting(clients, asset, object, key)) };
  await ledger.attachAsset({ bucket: object.bucket, stem: key.stem, assetId });
  // Own claim, perhaps of a delivery that ended between claim and start.
  if (asset.status === 'processing') await workflow.start(asset);
  return { outcome: 'admitted', assetId, bytes };
}

const newAsset = (object: S3Object, { desk, stem, fileName }: IncomingKey, examination: Examination) => ({
  ...examination,
  desk,
  original: object,
  stem,
  fileName,
});

const isSameObject = (a: S3Object, b: S3Object): boolean =>
  a.bucket === b.bucket && a.key === b.key && a.versionId === b.versionId;

/**
 * These bytes have come before. No second workflow starts, unless new words wait beside them: those count where they
 * come from the asset's own desk, for a sidecar may change what readers are shown and when.
 */
async function meetExisting(
  { ledger, workflow }: AdmitClients,
  asset: AssetRecord,
  { bucket }: S3Object,
  { desk, stem }: IncomingKey,
): Promise<Outcome> {
  const { assetId, status, reason } = asset;
  if (desk === asset.desk && stem !== asset.stem) {
    const waiting = await ledger.attachAsset({ bucket, stem, assetId });
    if (waiting.length > 0) await startForSidecar(ledger, workflow, assetId, stem);
  }
  if (status === 'refused') return { outcome: 'refused', assetId, ...(reason === undefined ? {} : { reason }) };
  const state = status === 'withdrawn' && reason !== undefined ? `, which was withdrawn: ${reason}` : '.';
  return { outcome: 'duplicate', assetId, reason: `These bytes have come before${named(asset, desk)}${state}` };
}

/** What another desk calls its file may tell more than the sender is to know. */
const named = (asset: AssetRecord, desk: string): string =>
  asset.desk === desk ? ` as ${asset.fileName}` : `, from the desk ${asset.desk}`;
