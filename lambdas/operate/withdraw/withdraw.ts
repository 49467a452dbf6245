import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { Executions } from '../../clients/executions.ts';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import { signReceipt } from '../../clients/receipt.ts';
import type { ReceiptKey } from '../../clients/receipt-key.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import { indexDelayMilliseconds } from '../../contracts/documents.ts';
import type { AssetRecord } from '../../contracts/ledger.ts';
import {
  type ReceiptStatement,
  receiptKey,
  receiptSchema,
  type WithdrawalAnswer,
  type WithdrawalRecord,
  type WithdrawalRequest,
  type WithdrawalStore,
  whyNotLifted,
  withdrawalStores,
} from '../../contracts/withdrawal.ts';
import { FencedError, RetryableError } from '../../runtime/errors.ts';
import { type PlaceClients, placesOf } from './places.ts';
import type { Store } from './stores.ts';

export interface WithdrawClients extends PlaceClients {
  environmentName: string;
  ledger: Pick<AssetLedger, 'getAsset' | 'settleAsset'>;
  withdrawals: Withdrawals;
  executions: Pick<Executions, 'statusOf' | 'stop'>;
  stores: Readonly<Record<WithdrawalStore, Store>>;
  receipts: Pick<MediaBucket, 'readJson' | 'putJson'>;
  receiptKey: Pick<ReceiptKey, 'sign'>;
  clock: { now(): Date; wait(milliseconds: number): Promise<void> };
}
type Asked<Action extends WithdrawalRequest['action']> = Extract<WithdrawalRequest, { action: Action }>;

/** What every store but the ledger and the vocabulary gives up at the first removal; those two come last. */
const firstRemoved = withdrawalStores.filter((store) => store !== 'ledger' && store !== 'vocabulary');
/** A fenced step is refused at its next word to the ledger, mostly within seconds; an execution that waits is stopped, and then a Lambda's whole life is waited for. */
const patienceMilliseconds = 45_000;
const lookEveryMilliseconds = 500;
/** After a look at the index that still found something, and after the count of names was asked for. */
const lookAgainMilliseconds = 5_000;
const maxFenceRounds = 5;

const later = (one: Date, other: Date): Date => (one > other ? one : other);

/** What a withdrawal would take away, store by store; nothing is changed. */
export async function look(clients: WithdrawClients, { assetId }: Asked<'look'>): Promise<WithdrawalAnswer> {
  const asset = await clients.ledger.getAsset(assetId);
  const withdrawal = await clients.withdrawals.get(assetId);
  const kind = asset?.kind ?? withdrawal?.kind;
  if (kind === undefined) return { state: 'unknown' };
  const places = asset === undefined ? withdrawal?.places : await placesOf(clients, asset, withdrawal?.places);
  const stores: Partial<Record<WithdrawalStore, number>> = {};
  for (const store of withdrawalStores)
    if (store !== 'vocabulary') stores[store] = await clients.stores[store].count({ assetId, places });
  return { state: 'found', kind, status: asset?.status ?? 'withdrawn', withdrawal: withdrawal?.state, stores };
}

/**
 * Keeps an asset out, ends what works on it, and takes it away. The tombstone comes first and the asset's record is
 * settled next, so that whoever writes afterwards is refused; a run that is cut off anywhere is carried on by the next.
 */
export async function remove(clients: WithdrawClients, request: Asked<'remove'>): Promise<WithdrawalAnswer> {
  const { assetId } = request;
  const asset = await clients.ledger.getAsset(assetId);
  const earlier = await clients.withdrawals.get(assetId);
  if (asset === undefined)
    return earlier === undefined ? { state: 'unknown' } : prove(clients, { action: 'prove', assetId });
  const withdrawal = await clients.withdrawals.begin({
    assetId,
    kind: asset.kind,
    perceptualHash: asset.perceptualHash,
    reason: request.reason,
    by: request.by,
  });
  const quietAt = await fence(clients, asset, withdrawal);
  await takeAway(clients, assetId, firstRemoved);
  await clients.withdrawals.markRemoved(assetId);
  return waiting(readyAt(quietAt), readyWhy);
}

const readyWhy = 'what was under way may still write, and the index shows a write a minute late';
const readyAt = (quietAt: Date): Date => new Date(quietAt.getTime() + indexDelayMilliseconds);
const waiting = (until: Date, why: string): WithdrawalAnswer => ({ state: 'waiting', until: until.toISOString(), why });

/**
 * Settles the asset as withdrawn and sees its executions end.
 * @returns when nothing that began before can write any more.
 */
async function fence(
  clients: WithdrawClients,
  seen: AssetRecord,
  { assetId, reason, ...record }: WithdrawalRecord,
): Promise<Date> {
  const asset = await settle(clients, seen, reason);
  const { attempt: attempts } = asset;
  await clients.withdrawals.note(assetId, { attempts, places: await placesOf(clients, asset, record.places) });
  let quietAt = later(clients.clock.now(), new Date(record.quietAt ?? 0));
  // Those before the last two were overtaken long ago: each attempt fences the one before it.
  for (const attempt of [asset.attempt - 1, asset.attempt].filter((each) => each > 0))
    quietAt = later(quietAt, await endOf(clients, { assetId, attempt }));
  await clients.withdrawals.note(assetId, { quietAt: quietAt.toISOString() });
  return quietAt;
}

async function settle({ ledger }: WithdrawClients, seen: AssetRecord, reason: string): Promise<AssetRecord> {
  let asset = seen;
  for (let round = 0; round < maxFenceRounds; round++) {
    try {
      await ledger.settleAsset(asset.assetId, asset.attempt, { status: 'withdrawn', reason });
      return asset;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      // Another attempt has begun in between, with a sidecar perhaps.
      asset = (await ledger.getAsset(asset.assetId)) ?? asset;
    }
  }
  throw new RetryableError('LedgerContentionError', `attempts of asset ${seen.assetId} keep beginning`);
}

async function endOf(
  { executions, clock }: WithdrawClients,
  name: { assetId: string; attempt: number },
): Promise<Date> {
  const until = clock.now().getTime() + patienceMilliseconds;
  for (;;) {
    if ((await executions.statusOf(name)) !== 'RUNNING') return clock.now();
    if (clock.now().getTime() >= until) return executions.stop(name, 'The asset was withdrawn.');
    await clock.wait(lookEveryMilliseconds);
  }
}

async function takeAway(
  { withdrawals, stores }: WithdrawClients,
  assetId: string,
  which: readonly WithdrawalStore[],
): Promise<void> {
  for (const store of which) {
    const withdrawal = await withdrawals.get(assetId);
    if (withdrawal === undefined) return;
    await withdrawals.countRemoved(assetId, store, await stores[store].remove(withdrawal));
  }
}

/**
 * Once nothing can write any more: takes away what came late, reads every store back and signs what it found.
 * Asked again, it looks again, and gives the receipt that there is.
 */
export async function prove(clients: WithdrawClients, { assetId }: Asked<'prove'>): Promise<WithdrawalAnswer> {
  const { withdrawals, stores, clock } = clients;
  const begun = await withdrawals.get(assetId);
  if (begun === undefined) return { state: 'unknown' };
  if (begun.state === 'lifted') return { state: 'not allowed', why: 'its withdrawal was lifted' };
  const asset = await clients.ledger.getAsset(assetId);
  // Cut off before its first removal was done, or begun anew by somebody who had not seen the tombstone yet.
  if (asset !== undefined && (begun.state !== 'removed' || asset.status !== 'withdrawn'))
    return remove(clients, { action: 'remove', assetId, reason: begun.reason, by: begun.by });
  const quietAt = new Date(begun.quietAt ?? begun.begunAt);
  if (clock.now() < readyAt(quietAt)) return waiting(readyAt(quietAt), readyWhy);
  if (asset !== undefined) await withdrawals.note(assetId, { places: await placesOf(clients, asset, begun.places) });
  await takeAway(clients, assetId, firstRemoved);
  if ((await stores.index.count(begun)) > 0) return waiting(soon(clients), 'the index still shows what was deleted');
  if (begun.indexEmptyAt === undefined) await withdrawals.note(assetId, { indexEmptyAt: clock.now().toISOString() });
  await takeAway(clients, assetId, ['vocabulary', 'ledger']);
  return conclude(clients, assetId);
}

const soon = ({ clock }: WithdrawClients): Date => new Date(clock.now().getTime() + lookAgainMilliseconds);

async function conclude(clients: WithdrawClients, assetId: string): Promise<WithdrawalAnswer> {
  const { withdrawals, stores, clock } = clients;
  const withdrawal = await withdrawals.get(assetId);
  if (withdrawal === undefined) return { state: 'unknown' };
  const readBack: Extract<ReceiptStatement, { act: 'withdrawal' }>['stores'] = [];
  for (const store of withdrawalStores) {
    if ((await stores[store].count(withdrawal)) > 0)
      return waiting(soon(clients), `${store} still has something of it`);
    readBack.push({
      store,
      removed: withdrawal.removed[store] ?? 0,
      remaining: 0,
      readBackAt: clock.now().toISOString(),
    });
  }
  if (withdrawal.state === 'proved' && withdrawal.receiptKey !== undefined)
    return {
      state: 'proved',
      receiptKey: withdrawal.receiptKey,
      receipt: await clients.receipts.readJson(withdrawal.receiptKey, receiptSchema),
    };
  const provedAt = clock.now().toISOString();
  const { kind, reason, by, begunAt } = withdrawal;
  const signed = await fileReceipt(clients, provedAt, {
    version: 1,
    act: 'withdrawal',
    environment: clients.environmentName,
    assetId,
    kind,
    reason,
    by,
    begunAt,
    provedAt,
    stores: readBack,
  });
  await withdrawals.markProved(assetId, { receiptKey: signed.receiptKey, provedAt });
  return { state: 'proved', ...signed };
}

/** Lets what was withdrawn come again, by its bytes and by its likeness. The reason is signed and kept as well. */
export async function lift(
  clients: WithdrawClients,
  { assetId, reason, by }: Asked<'lift'>,
): Promise<WithdrawalAnswer> {
  const { withdrawals, ledger, clock } = clients;
  const withdrawal = await withdrawals.get(assetId);
  if (withdrawal === undefined && (await ledger.getAsset(assetId)) === undefined) return { state: 'unknown' };
  const why = whyNotLifted(withdrawal?.state);
  if (why !== undefined || withdrawal?.receiptKey === undefined)
    return { state: 'not allowed', why: why ?? 'its withdrawal has no receipt' };
  const liftedAt = clock.now().toISOString();
  const signed = await fileReceipt(clients, liftedAt, {
    version: 1,
    act: 'lift',
    environment: clients.environmentName,
    assetId,
    reason,
    by,
    liftedAt,
    withdrawalReceiptKey: withdrawal.receiptKey,
  });
  await withdrawals.lift(assetId, { reason, by, at: liftedAt });
  return { state: 'lifted', ...signed };
}

async function fileReceipt(clients: WithdrawClients, at: string, statement: ReceiptStatement) {
  const receipt = await signReceipt(clients.receiptKey, statement);
  const key = receiptKey(statement.assetId, statement.act, at);
  await clients.receipts.putJson(key, receiptSchema, receipt);
  return { receiptKey: key, receipt };
}
