import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type AssetRecord, ledgerIndexes } from '../contracts/ledger.ts';
import {
  type ReleaseRecord,
  type ReleaseResult,
  releaseKeys,
  releasePk,
  releaseRecordSchema,
  releaseResultSchema,
  releaseShards,
} from '../contracts/release-event.ts';
import { RetryableError } from '../runtime/errors.ts';
import { EffectTable } from './asset-ledger/effect-table.ts';
import { type ClaimAnswer, SideEffects } from './asset-ledger/side-effects.ts';
import { getAll, holds, type LedgerTable, queryAll, reach } from './asset-ledger/table.ts';
import { openTable } from './asset-ledger.ts';
import { type PlannedRelease, planRelease } from './releases/plan-release.ts';

const maxRounds = 5;

const listedBy = (assetId: string, dueAt: string) => ({
  unsettledPk: releasePk(Number.parseInt(assetId.slice(0, 2), 16) % releaseShards),
  unsettledSk: `${new Date(dueAt).toISOString()}#${assetId}`,
});

/** Releases to come, in rows of the ledger's table, and that each is told once. */
export class Releases {
  readonly #table: LedgerTable;
  readonly #effects: SideEffects<ReleaseResult>;

  /** `client` must be made with `marshallOptions.removeUndefinedValues`. */
  constructor({ client, tableName }: LedgerTable) {
    this.#table = { client, tableName };
    this.#effects = new SideEffects(new EffectTable(this.#table), releaseResultSchema);
  }

  /** In the table of this name, reached by the environment's own credentials and endpoint. */
  static open(tableName: string): Releases {
    return new Releases(openTable(tableName));
  }

  /** As last written (a consistent read). */
  async get(assetId: string): Promise<ReleaseRecord | undefined> {
    const { client, tableName } = this.#table;
    const { Item } = await reach(
      client.send(new GetCommand({ TableName: tableName, Key: releaseKeys.release(assetId), ConsistentRead: true })),
    );
    return Item?.['subject'] === undefined ? undefined : releaseRecordSchema.parse(Item);
  }

  /**
   * Writes down when an indexed asset will be released, or that it is due now. Repeating it changes nothing.
   * @throws RetryableError LedgerContentionError
   */
  async expect(asset: Pick<AssetRecord, 'assetId' | 'kind' | 'desk' | 'attempt' | 'hold'>, now: Date): Promise<void> {
    const { hold, attempt } = asset;
    if (hold === undefined) return;
    // What was never held back, as nearly everything, costs nothing.
    if (attempt === 1 && !hold.withheld && hold.embargoUntil === undefined) return;
    for (let round = 0; round < maxRounds; round++) {
      const known = await this.get(asset.assetId);
      const planned = planRelease(known, hold, { attempt, now });
      if (planned === undefined || (await this.#plan(asset, known, planned))) return;
    }
    throw new RetryableError('LedgerContentionError', `the release of ${asset.assetId} keeps changing`);
  }

  /** Puts a release on the list whose row is missing. @returns false where there is one meanwhile. */
  expectMissing(asset: Pick<AssetRecord, 'assetId' | 'kind' | 'desk'>, planned: PlannedRelease): Promise<boolean> {
    return this.#plan(asset, undefined, planned);
  }

  #plan(
    { assetId, kind, desk }: Pick<AssetRecord, 'assetId' | 'kind' | 'desk'>,
    known: ReleaseRecord | undefined,
    { subject, cause, dueAt }: PlannedRelease,
  ): Promise<boolean> {
    const values = { assetId, kind, desk, subject, cause, ...(dueAt && { dueAt, ...listedBy(assetId, dueAt) }) };
    return this.#change(assetId, known, values, dueAt === undefined ? ['dueAt', 'unsettledPk', 'unsettledSk'] : []);
  }

  /** Releases that are due, the longest due first, `limit` at most. */
  async due({ by, limit }: { by: Date; limit: number }): Promise<ReleaseRecord[]> {
    const shards = await Promise.all(
      Array.from({ length: releaseShards }, (_, shard) =>
        queryAll(
          this.#table,
          {
            IndexName: ledgerIndexes.unsettled,
            KeyConditionExpression: 'unsettledPk = :pk AND unsettledSk <= :to',
            // '~' sorts behind every character of an id.
            ExpressionAttributeValues: { ':pk': releasePk(shard), ':to': `${by.toISOString()}#~` },
            Limit: limit,
          },
          limit,
        ),
      ),
    );
    const ids = shards
      .flat()
      .map((item) => String(item['unsettledSk']))
      .sort()
      .slice(0, limit)
      .map((sk) => sk.split('#')[1] ?? '');
    const items = await getAll(this.#table, ids.map(releaseKeys.release));
    return items
      .map((item) => releaseRecordSchema.parse(item))
      .filter(({ dueAt }) => dueAt !== undefined && Date.parse(dueAt) <= by.getTime())
      .sort((one, other) => Date.parse(one.dueAt ?? '') - Date.parse(other.dueAt ?? ''));
  }

  /** Looks at it again then, unless another release has taken its place. */
  postpone(seen: ReleaseRecord, until: Date): Promise<boolean> {
    const dueAt = until.toISOString();
    return this.#change(seen.assetId, seen, { dueAt, ...listedBy(seen.assetId, dueAt) }, []);
  }

  /**
   * Tells a release once: of any number of runs one tells it, and one that ended in between is followed by another
   * after its lease. Told, it leaves the list.
   */
  async tellOnce(
    seen: ReleaseRecord,
    { owner, leaseSeconds }: { owner: string; leaseSeconds: number },
    tell: () => Promise<ReleaseResult>,
  ): Promise<Exclude<ClaimAnswer<ReleaseResult>, { state: 'claimed' }>['state']> {
    const { assetId, subject } = seen;
    const answer = await this.#effects.once(releaseKeys.release(assetId), { owner, leaseSeconds, subject }, tell);
    if (answer.state === 'confirmed') await this.#change(assetId, seen, {}, ['unsettledPk', 'unsettledSk']);
    return answer.state;
  }

  /** There is nothing left to release. @returns false where another release has taken its place. */
  forget({ assetId, subject }: ReleaseRecord): Promise<boolean> {
    const { client, tableName } = this.#table;
    return holds(
      client.send(
        new DeleteCommand({
          TableName: tableName,
          Key: releaseKeys.release(assetId),
          ConditionExpression: 'subject = :seen',
          ExpressionAttributeValues: { ':seen': subject },
        }),
      ),
    );
  }

  /** One conditional write, which holds only for the release that was seen. */
  #change(
    assetId: string,
    seen: ReleaseRecord | undefined,
    values: Record<string, string>,
    removed: readonly string[],
  ): Promise<boolean> {
    const { client, tableName } = this.#table;
    const names = [...Object.keys(values), ...removed];
    const set = Object.keys(values).map((name) => `#${name} = :${name}`);
    return holds(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: releaseKeys.release(assetId),
          UpdateExpression: [
            ...(set.length === 0 ? [] : [`SET ${set.join(', ')}`]),
            ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`]),
          ].join(' '),
          ConditionExpression: seen === undefined ? 'attribute_not_exists(subject)' : 'subject = :seen',
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ...(Object.keys(values).length === 0 && seen === undefined
            ? {}
            : {
                ExpressionAttributeValues: {
                  ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
                  ...(seen === undefined ? {} : { ':seen': seen.subject }),
                },
              }),
        }),
      ),
    );
  }
}
