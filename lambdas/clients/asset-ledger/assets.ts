import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AssetStatus, Step } from '../../contracts/assets.ts';
import {
  type AssetRecord,
  assetRecordSchema,
  ledgerKeys,
  type ShotsPlan,
  type StepState,
  stepStateSchema,
} from '../../contracts/ledger.ts';
import type { Hold } from '../../contracts/release.ts';
import { FencedError } from '../../runtime/errors.ts';
import { fieldsAre, isAbsent } from './conditions.ts';
import { getAll, holds, instantNow, type LedgerTable, reach } from './table.ts';
import { unsettledKeys } from './unsettled.ts';

/** What admit knows of a new asset. */
export type NewAsset = Pick<
  AssetRecord,
  'assetId' | 'kind' | 'desk' | 'original' | 'stem' | 'fileName' | 'mediaType' | 'bytes' | 'perceptualHash' | 'title'
>;
export interface AssetClaim {
  /** Whether this call made the record; otherwise `asset` is what was there before. */
  isNew: boolean;
  asset: AssetRecord;
}

/**
 * Why another attempt begins, and from which statuses it may.
 * - `redrive`: an operator wants it done again. A withdrawn asset is not redriven: it would come back to readers.
 * - `stuck`: an operator takes a lost execution's asset out of `processing`.
 * - `sidecar`: new words about the asset; a running attempt that has not read them is fenced off.
 * - `captions`: money or the provider is back for pictures that were indexed without words.
 */
const attemptOrigins = {
  redrive: ['failed', 'refused', 'indexed'],
  stuck: ['processing'],
  sidecar: ['processing', 'indexed', 'refused', 'failed', 'withdrawn'],
  captions: ['indexed'],
} as const satisfies Record<string, readonly AssetStatus[]>;
export type AttemptReason = keyof typeof attemptOrigins;

export interface Settlement {
  status: 'refused' | 'failed' | 'withdrawn';
  /** A sentence an editor can act on. */
  reason: string;
  errorName?: string | undefined;
  /** The step that ended so. */
  step?: Step | undefined;
}

/** No asset has this id. */
export class AssetMissingError extends Error {
  override readonly name = 'AssetMissingError';
}
/** The asset's status does not allow another attempt for this reason. */
export class AttemptNotAllowedError extends Error {
  override readonly name = 'AttemptNotAllowedError';
}

/** The record as last written (a consistent read). */
export async function getAsset(table: LedgerTable, assetId: string): Promise<AssetRecord | undefined> {
  const { Item } = await reach(
    table.client.send(
      new GetCommand({ TableName: table.tableName, Key: ledgerKeys.asset(assetId), ConsistentRead: true }),
    ),
  );
  return Item === undefined ? undefined : assetRecordSchema.parse(Item);
}

/** The records that exist, by id. */
export async function getAssets(table: LedgerTable, assetIds: readonly string[]): Promise<Map<string, AssetRecord>> {
  const items = await getAll(table, [...new Set(assetIds)].map(ledgerKeys.asset));
  return new Map(items.map((item) => assetRecordSchema.parse(item)).map((asset) => [asset.assetId, asset]));
}

async function existingAsset(table: LedgerTable, assetId: string): Promise<AssetRecord> {
  const asset = await getAsset(table, assetId);
  if (asset === undefined) throw new AssetMissingError(`the ledger has no asset ${assetId}`);
  return asset;
}

/**
 * Makes the asset's record unless these bytes have one: of any number of claims exactly one is new.
 * @param earlierAttempts those of a record that was taken away. Step Functions remembers their names for 90 days and
 * would take a start under one of them for a repeated one.
 */
export async function claimAsset(
  table: LedgerTable,
  asset: NewAsset,
  { earlierAttempts }: { earlierAttempts: number } = { earlierAttempts: 0 },
): Promise<AssetClaim> {
  const now = instantNow();
  const record = assetRecordSchema.parse({
    ...asset,
    status: 'processing',
    attempt: earlierAttempts + 1,
    steps: { admit: { status: 'done', startedAt: now, endedAt: now } },
    createdAt: now,
    updatedAt: now,
  });
  const isNew = await holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.asset(asset.assetId), ...record, ...unsettledKeys(asset.assetId, 'processing', now) },
        ...isAbsent,
      }),
    ),
  );
  return { isNew, asset: isNew ? record : await existingAsset(table, asset.assetId) };
}

/**
 * Fences off every earlier attempt and sets the asset processing again. What was indexed stays findable until the new
 * attempt replaces it.
 * @param expectedAttempt the attempt the caller has seen: of two that begin at once only one does.
 * @param stem the sidecars' stem from now on, where the asset has come again beside new ones.
 * @throws AssetMissingError; AttemptNotAllowedError; FencedError where somebody else began an attempt first.
 */
export async function beginAttempt(
  table: LedgerTable,
  assetId: string,
  { reason, expectedAttempt, stem }: { reason: AttemptReason; expectedAttempt: number; stem?: string },
): Promise<AssetRecord> {
  const asset = await existingAsset(table, assetId);
  if (asset.attempt !== expectedAttempt) throw laterAttempt(assetId, expectedAttempt, asset.attempt);
  if (!(attemptOrigins[reason] as readonly AssetStatus[]).includes(asset.status))
    throw new AttemptNotAllowedError(`asset ${assetId} is ${asset.status}, from which no ${reason} begins`);
  const now = instantNow();
  const {
    reason: _reason,
    errorName: _errorName,
    shotsPlan: _shotsPlan,
    chunksDone: _chunksDone,
    chunkDoneAt: _chunkDoneAt,
    ...kept
  } = asset;
  const next: AssetRecord = {
    ...kept,
    ...(stem === undefined ? {} : { stem }),
    status: 'processing',
    attempt: expectedAttempt + 1,
    steps: asset.steps.admit === undefined ? {} : { admit: asset.steps.admit },
    updatedAt: now,
  };
  const isBegun = await holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.asset(assetId), ...next, ...unsettledKeys(assetId, 'processing', now) },
        ...fieldsAre({ attempt: expectedAttempt, status: asset.status }),
      }),
    ),
  );
  if (!isBegun) throw new FencedError(`asset ${assetId} changed while attempt ${expectedAttempt + 1} was to begin`);
  return next;
}

const laterAttempt = (assetId: string, attempt: number, current: number): FencedError =>
  new FencedError(`attempt ${attempt} of asset ${assetId} was overtaken by attempt ${current}`);

/**
 * Writes how far a step has come. Times that are not given are stamped: `startedAt` with `started`, `endedAt` with the
 * others, for which the `startedAt` written before is read.
 * @param hold what the asset's sources say must be waited for, where the step has read them; the last word stands
 * @throws FencedError where a later attempt has begun or this one has already been settled; AssetMissingError.
 */
export async function recordStep(
  table: LedgerTable,
  assetId: string,
  attempt: number,
  step: Step,
  state: StepState,
  { hold }: { hold?: Hold | undefined } = {},
): Promise<void> {
  const now = instantNow();
  const stamped =
    state.status === 'started'
      ? { startedAt: now, ...state }
      : { ...(state.startedAt === undefined ? await startOf(table, assetId, step) : {}), endedAt: now, ...state };
  const keys = unsettledKeys(assetId, 'processing', now);
  await fencedUpdate(table, assetId, attempt, ['processing'], {
    set: { ...keys, updatedAt: now, ...(hold === undefined ? {} : { hold }) },
    step: { name: step, state: stepStateSchema.parse(stamped) },
  });
}

/** Writes down how a video is cut into chunks, with none of them done. @throws FencedError, AssetMissingError */
export async function recordShotsPlan(
  table: LedgerTable,
  assetId: string,
  attempt: number,
  plan: Omit<ShotsPlan, 'plannedAt'>,
): Promise<void> {
  const now = instantNow();
  await fencedUpdate(table, assetId, attempt, ['processing'], {
    set: { ...unsettledKeys(assetId, 'processing', now), updatedAt: now, shotsPlan: { ...plan, plannedAt: now } },
    remove: ['chunksDone', 'chunkDoneAt'],
  });
}

/**
 * One more chunk is done, and the asset is alive. A chunk that is reported again changes nothing but the time.
 * @throws FencedError, AssetMissingError
 */
export async function recordChunk(table: LedgerTable, assetId: string, attempt: number, chunk: number): Promise<void> {
  const now = instantNow();
  await fencedUpdate(table, assetId, attempt, ['processing'], {
    set: { ...unsettledKeys(assetId, 'processing', now), updatedAt: now, chunkDoneAt: now },
    add: { chunksDone: new Set([chunk]) },
  });
}

async function startOf(table: LedgerTable, assetId: string, step: Step): Promise<Pick<StepState, 'startedAt'>> {
  const startedAt = (await existingAsset(table, assetId)).steps[step]?.startedAt;
  return startedAt === undefined ? {} : { startedAt };
}

/** Ends an attempt as indexed. Repeating it changes nothing but the times. @throws FencedError, AssetMissingError */
export async function completeAsset(
  table: LedgerTable,
  assetId: string,
  attempt: number,
  { documentCount, title, story }: Pick<AssetRecord, 'title' | 'story'> & { documentCount: number },
): Promise<void> {
  const now = instantNow();
  await fencedUpdate(table, assetId, attempt, ['processing', 'indexed'], {
    set: {
      status: 'indexed',
      documentCount,
      indexedAt: now,
      updatedAt: now,
      ...(title === undefined ? {} : { title }),
      ...(story === undefined ? {} : { story }),
    },
    remove: ['unsettledPk', 'unsettledSk', 'reason', 'errorName'],
  });
}

/**
 * Ends an attempt otherwise, or withdraws an asset that was indexed. A failed one stays among the unsettled, where
 * redrive finds it. Repeating it changes nothing but the times.
 * @throws FencedError where a later attempt has begun, or this one ended in another way; AssetMissingError.
 */
export async function settleAsset(
  table: LedgerTable,
  assetId: string,
  attempt: number,
  { status, reason, errorName, step }: Settlement,
): Promise<void> {
  const now = instantNow();
  const isFailed = status === 'failed';
  const origins: AssetStatus[] =
    status === 'withdrawn' ? ['processing', 'indexed', 'refused', 'failed'] : ['processing'];
  const endedStep = status === 'withdrawn' ? 'done' : status;
  await fencedUpdate(table, assetId, attempt, [...origins, status], {
    set: {
      status,
      reason,
      updatedAt: now,
      ...(errorName === undefined ? {} : { errorName }),
      ...(isFailed ? unsettledKeys(assetId, 'failed', now) : {}),
    },
    remove: [...(isFailed ? [] : ['unsettledPk', 'unsettledSk']), ...(errorName === undefined ? ['errorName'] : [])],
    ...(step === undefined
      ? {}
      : {
          step: {
            name: step,
            state: { ...(await startOf(table, assetId, step)), status: endedStep, endedAt: now },
          },
        }),
  });
}

interface FencedChange {
  set: Record<string, unknown>;
  remove?: string[];
  /** Members to put into sets. */
  add?: Record<string, Set<number>>;
  step?: { name: Step; state: StepState };
}

/** One conditional update, which goes through only for the attempt that is current and in one of these statuses. */
async function fencedUpdate(
  table: LedgerTable,
  assetId: string,
  attempt: number,
  statuses: readonly AssetStatus[],
  { set, remove = [], add = {}, step }: FencedChange,
): Promise<void> {
  const setNames = Object.keys(set);
  const names = Object.fromEntries([...setNames, ...remove, ...Object.keys(add)].map((name) => [`#${name}`, name]));
  const assignments = setNames.map((name) => `#${name} = :${name}`);
  if (step !== undefined) assignments.push('steps.#step = :step');
  const current = fieldsAre({ attempt, status: statuses });
  const isWritten = await holds(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: ledgerKeys.asset(assetId),
        UpdateExpression: [
          `SET ${assignments.join(', ')}`,
          ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`]),
          ...Object.keys(add).map((name) => `ADD #${name} :${name}`),
        ].join(' '),
        ConditionExpression: current.ConditionExpression,
        ExpressionAttributeNames: {
          ...current.ExpressionAttributeNames,
          ...names,
          ...(step === undefined ? {} : { '#step': step.name }),
        },
        ExpressionAttributeValues: {
          ...current.ExpressionAttributeValues,
          ...Object.fromEntries(Object.entries({ ...set, ...add }).map(([name, value]) => [`:${name}`, value])),
          ...(step === undefined ? {} : { ':step': step.state }),
        },
      }),
    ),
  );
  if (isWritten) return;
  const asset = await existingAsset(table, assetId);
  if (asset.attempt !== attempt) throw laterAttempt(assetId, attempt, asset.attempt);
  throw new FencedError(`attempt ${attempt} of asset ${assetId} has already ended: it is ${asset.status}`);
}
