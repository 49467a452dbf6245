import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type S3Object, s3ObjectSchema } from '../contracts/assets.ts';
import { ledgerKeys } from '../contracts/ledger.ts';
import { bitsApart, likenessBands, sameLikenessBits } from '../contracts/likeness.ts';
import {
  type WithdrawalPlaces,
  type WithdrawalRecord,
  type WithdrawalStore,
  withdrawalKeys,
  withdrawalRecordSchema,
} from '../contracts/withdrawal.ts';
import { getAll, holds, instantNow, type LedgerKey, type LedgerTable, queryAll, reach } from './asset-ledger/table.ts';
import { openTable } from './asset-ledger.ts';

/** What a withdrawal is begun with. */
export type BegunWithdrawal = Pick<WithdrawalRecord, 'assetId' | 'kind' | 'perceptualHash' | 'reason' | 'by'>;
/** What an arrival meets. */
export interface Standing {
  /** The withdrawal that keeps it out. */
  keptOutBy?: WithdrawalRecord;
  /** Attempts that these bytes had before a withdrawal that was lifted. */
  earlierAttempts: number;
}
/** Bytes that came again although they were withdrawn. */
export interface ReturnedObject {
  uploadId: string;
  object: S3Object;
}

const memberSchema = z.string().regex(/^[0-9a-f]{16}#[0-9a-f]{64}$/);
const likenessRowSchema = z.object({ members: z.set(memberSchema) });
const memberOf = ({ perceptualHash, assetId }: { perceptualHash: string; assetId: string }): string =>
  `${perceptualHash}#${assetId}`;

/** Withdrawals and the tombstones they leave, in the ledger's table (its keys: contracts/withdrawal.ts). */
export class Withdrawals {
  readonly #table: LedgerTable;

  /** `client` must be made with `marshallOptions.removeUndefinedValues`. */
  constructor({ client, tableName }: LedgerTable) {
    this.#table = { client, tableName };
  }

  /** The table in this name, reached by the environment's own credentials and endpoint. */
  static open(tableName: string): Withdrawals {
    return new Withdrawals(openTable(tableName));
  }

  /** The record as last written (a consistent read). */
  async get(assetId: string): Promise<WithdrawalRecord | undefined> {
    const { Item } = await reach(
      this.#table.client.send(
        new GetCommand({
          TableName: this.#table.tableName,
          Key: withdrawalKeys.withdrawal(assetId),
          ConsistentRead: true,
        }),
      ),
    );
    return Item === undefined ? undefined : withdrawalRecordSchema.parse(Item);
  }

  /** The withdrawal of an asset that stands: what was lifted is an asset like any other. */
  async standing(assetId: string): Promise<WithdrawalRecord | undefined> {
    const withdrawal = await this.get(assetId);
    return withdrawal?.state === 'lifted' ? undefined : withdrawal;
  }

  /**
   * What an arrival meets: the withdrawal that keeps these bytes out, or a picture that looks the same; none that was lifted.
   * Likeness is complete up to `sameLikenessBits`.
   */
  async standingOf({
    assetId,
    perceptualHash,
  }: {
    assetId: string;
    perceptualHash?: string | undefined;
  }): Promise<Standing> {
    const own = await this.get(assetId);
    const earlierAttempts = own?.attempts ?? 0;
    // What was lifted by its bytes comes back, whatever else looks like it.
    if (own?.state === 'lifted') return { earlierAttempts };
    const keptOutBy = own ?? (await this.#alike(perceptualHash));
    return { earlierAttempts, ...(keptOutBy === undefined ? {} : { keptOutBy }) };
  }

  async #alike(perceptualHash: string | undefined): Promise<WithdrawalRecord | undefined> {
    if (perceptualHash === undefined) return undefined;
    const rows = await getAll(this.#table, likenessBands(perceptualHash).map(withdrawalKeys.likeness));
    const alike = rows
      .flatMap((row) => [...likenessRowSchema.parse(row).members])
      .map((member) => ({ hash: member.slice(0, 16), id: member.slice(17) }))
      .filter(({ hash }) => bitsApart(hash, perceptualHash) <= sameLikenessBits);
    for (const id of new Set(alike.map((each) => each.id))) {
      const withdrawal = await this.standing(id);
      if (withdrawal !== undefined) return withdrawal;
    }
    return undefined;
  }

  /** Begins a withdrawal, or finds the one that stands: its first reason stays. */
  async begin(begun: BegunWithdrawal): Promise<WithdrawalRecord> {
    const record = withdrawalRecordSchema.parse({ ...begun, state: 'begun', begunAt: instantNow(), removed: {} });
    await holds(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.tableName,
          Item: { ...withdrawalKeys.withdrawal(begun.assetId), ...record },
          ConditionExpression: 'attribute_not_exists(pk) OR #state = :lifted',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':lifted': 'lifted' },
        }),
      ),
    );
    const standing = (await this.get(begun.assetId)) ?? record;
    await this.#putLikeness(standing, 'ADD');
    return standing;
  }

  /** Writes down what was found out on the way. */
  async note(
    assetId: string,
    facts: Partial<Pick<WithdrawalRecord, 'attempts' | 'quietAt' | 'indexEmptyAt'>> & { places?: WithdrawalPlaces },
  ): Promise<void> {
    const entries = Object.entries(facts);
    if (entries.length > 0)
      await this.#update(assetId, {
        set: entries.map(([name]) => `#${name} = :${name}`),
        names: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
        values: Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
      });
  }

  /** Adds to what was taken out of one store. */
  async countRemoved(assetId: string, store: WithdrawalStore, removed: number): Promise<void> {
    if (removed === 0) return;
    await this.#update(assetId, {
      set: ['removed.#store = if_not_exists(removed.#store, :zero) + :removed'],
      names: { '#store': store },
      values: { ':zero': 0, ':removed': removed },
    });
  }

  /** Everything was taken away once. */
  async markRemoved(assetId: string): Promise<void> {
    await this.#update(assetId, {
      set: ['#state = :removed'],
      // Whatever was seen before: the index has to be seen empty after this.
      remove: ['indexEmptyAt'],
      names: { '#state': 'state' },
      values: { ':removed': 'removed' },
    });
  }

  /** The receipt lies in its bucket: what named the places of the content is forgotten. */
  async markProved(assetId: string, proof: { receiptKey: string; provedAt: string }): Promise<void> {
    await this.#update(assetId, {
      set: ['#state = :proved', 'receiptKey = :receiptKey', 'provedAt = :provedAt'],
      remove: ['places'],
      names: { '#state': 'state' },
      values: { ':proved': 'proved', ':receiptKey': proof.receiptKey, ':provedAt': proof.provedAt },
    });
  }

  /** Lets these bytes, and what looks like them, come again. @returns false where nothing proved was there to lift. */
  async lift(assetId: string, lift: NonNullable<WithdrawalRecord['lift']>): Promise<boolean> {
    const withdrawal = await this.get(assetId);
    if (withdrawal?.state !== 'proved') return false;
    await this.#update(assetId, {
      set: ['#state = :lifted', 'lift = :lift'],
      names: { '#state': 'state' },
      values: { ':lifted': 'lifted', ':lift': lift },
    });
    await this.#putLikeness(withdrawal, 'DELETE');
    return true;
  }

  /** Lays a further arrival beside the asset whose bytes or sidecar it is. */
  async recordArrival(assetId: string, uploadId: string, object: S3Object): Promise<void> {
    await this.#put({ ...withdrawalKeys.arrival(assetId, uploadId), object });
  }

  /** Every further arrival of an asset (a consistent read). */
  async arrivals(assetId: string): Promise<S3Object[]> {
    const rows = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': ledgerKeys.asset(assetId).pk, ':prefix': withdrawalKeys.arrivalPrefix },
      ConsistentRead: true,
    });
    return rows.map(({ object }) => s3ObjectSchema.parse(object));
  }

  /** Notes withdrawn bytes that were refused, so that they are taken out of the bucket. */
  async recordReturn({ uploadId, object }: ReturnedObject): Promise<void> {
    await this.#put({ ...withdrawalKeys.returned(uploadId), uploadId, object });
  }

  async returns(limit: number): Promise<ReturnedObject[]> {
    const rows = await queryAll(
      this.#table,
      { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': withdrawalKeys.returned('').pk } },
      limit,
    );
    return rows.map((row) => ({ uploadId: String(row['uploadId']), object: s3ObjectSchema.parse(row['object']) }));
  }

  async forgetReturn(uploadId: string): Promise<void> {
    await this.deleteRows([withdrawalKeys.returned(uploadId)]);
  }

  /** The rows of a partition (a consistent read): keys and, for those who must look into them, everything else. */
  rowsOf(pk: string): Promise<(LedgerKey & Record<string, unknown>)[]> {
    return queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ConsistentRead: true,
    }) as Promise<(LedgerKey & Record<string, unknown>)[]>;
  }

  /** Those of the keys under which there is a row. */
  async existing(keys: readonly LedgerKey[]): Promise<LedgerKey[]> {
    const found = await getAll(this.#table, keys);
    return found.map(({ pk, sk }) => ({ pk, sk }) as LedgerKey);
  }

  /** Deletes rows one by one; what is already gone counts as deleted. */
  async deleteRows(keys: readonly LedgerKey[]): Promise<void> {
    for (const { pk, sk } of keys)
      await reach(this.#table.client.send(new DeleteCommand({ TableName: this.#table.tableName, Key: { pk, sk } })));
  }

  async #put(item: Record<string, unknown>): Promise<void> {
    await reach(this.#table.client.send(new PutCommand({ TableName: this.#table.tableName, Item: item })));
  }

  async #putLikeness(
    { assetId, perceptualHash }: Pick<WithdrawalRecord, 'assetId' | 'perceptualHash'>,
    action: 'ADD' | 'DELETE',
  ): Promise<void> {
    if (perceptualHash === undefined) return;
    for (const band of likenessBands(perceptualHash))
      await reach(
        this.#table.client.send(
          new UpdateCommand({
            TableName: this.#table.tableName,
            Key: withdrawalKeys.likeness(band),
            UpdateExpression: `${action} members :member`,
            ExpressionAttributeValues: { ':member': new Set([memberOf({ assetId, perceptualHash })]) },
          }),
        ),
      );
  }

  async #update(
    assetId: string,
    {
      set,
      remove = [],
      names,
      values,
    }: { set: string[]; remove?: string[]; names: Record<string, string>; values: Record<string, unknown> },
  ): Promise<void> {
    await reach(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.tableName,
          Key: withdrawalKeys.withdrawal(assetId),
          UpdateExpression: [
            `SET ${set.join(', ')}`,
            ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
          ].join(' '),
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        }),
      ),
    );
  }
}
