import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ledgerIndexes } from '../../contracts/ledger.ts';
import { type Membership, membershipSchema, nearDuplicateKeys } from '../../contracts/near-duplicates.ts';
import { RetryableError } from '../../runtime/errors.ts';
import { getAll, holds, type LedgerTable, queryAll, reach } from '../asset-ledger/table.ts';
import { newGroupId, planGroup } from './group-plan.ts';

/** What is known of an asset when it is first looked at. */
export type Enrolment = Pick<Membership, 'assetId' | 'kind' | 'arrivedAt' | 'bytes'>;

/** Each round needs the progress of another asset of the same group. */
const maxRounds = 20;
/** A group as large as this is a template rather than a picture; its page shows no more either. */
export const maxMembersListed = 200;

/** An asset's place as last written (a consistent read). */
export async function getMembership(table: LedgerTable, assetId: string): Promise<Membership | undefined> {
  const { Item } = await reach(
    table.client.send(
      new GetCommand({
        TableName: table.tableName,
        Key: nearDuplicateKeys.membership(assetId),
        ConsistentRead: true,
      }),
    ),
  );
  return Item === undefined ? undefined : membershipSchema.parse(Item);
}

/** The places of many assets, by asset id; those that were never looked at are left out. */
export async function getMemberships(
  table: LedgerTable,
  assetIds: readonly string[],
): Promise<Map<string, Membership>> {
  const items = await getAll(table, [...new Set(assetIds)].map(nearDuplicateKeys.membership));
  return new Map(items.map((item) => membershipSchema.parse(item)).map((each) => [each.assetId, each]));
}

/** Gives an asset its place, alone, unless it has one. */
export async function enrol(table: LedgerTable, enrolment: Enrolment): Promise<void> {
  const membership = membershipSchema.parse({ ...enrolment, version: 1 });
  await holds(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...nearDuplicateKeys.membership(enrolment.assetId), ...membership },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ),
  );
}

/**
 * Brings an enrolled asset to its confirmed near-duplicates, one conditional write after the other, each of which may
 * be done again: of any number of duplicates that arrive at once all end in one group.
 * @param neighbourIds most alike first
 * @throws RetryableError LedgerContentionError where others keep changing the same group.
 */
export async function joinNeighbours(
  table: LedgerTable,
  assetId: string,
  neighbourIds: readonly string[],
): Promise<string | undefined> {
  for (let round = 0; round < maxRounds; round++) {
    const own = await getMembership(table, assetId);
    if (own === undefined) return undefined;
    const neighbours = (await Promise.all(neighbourIds.map((id) => getMembership(table, id)))).filter(
      (each) => each !== undefined,
    );
    const decided = await decidedGroups(table, own, neighbours);
    const plan = planGroup(own, neighbours, (groupId) => decided.has(groupId));
    switch (plan.action) {
      case 'stay':
        return own.groupId;
      case 'join':
        await place(table, own, plan.groupId);
        break;
      case 'begin':
        await place(table, plan.with, plan.groupId);
        break;
      case 'merge':
        await moveAll(table, plan, [assetId, ...neighbourIds]);
        break;
    }
  }
  throw new RetryableError('LedgerContentionError', `the group of ${assetId} keeps changing`);
}

/** Only where there are two groups does it matter, and that is rare. */
async function decidedGroups(
  table: LedgerTable,
  own: Membership,
  neighbours: readonly Membership[],
): Promise<Set<string>> {
  const groupIds = new Set([own, ...neighbours].map(({ groupId }) => groupId).filter((id) => id !== undefined));
  if (own.groupId === undefined || groupIds.size < 2) return new Set();
  const groups = await Promise.all(
    [...groupIds].map(async (groupId) => [groupId, await listGroup(table, groupId)] as const),
  );
  return new Set(
    groups.filter(([, members]) => members.some(({ decidedBy }) => decidedBy !== undefined)).map(([id]) => id),
  );
}

/**
 * Moves one asset, unless it has changed since it was read.
 * @param groupId undefined lets it stand alone.
 */
function place(
  table: LedgerTable,
  { assetId, version, decidedBy }: Membership,
  groupId: string | undefined,
  decided: string | undefined = decidedBy,
): Promise<boolean> {
  return holds(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: nearDuplicateKeys.membership(assetId),
        UpdateExpression: [
          'SET version = :next',
          ...(groupId === undefined ? [] : [', groupId = :groupId']),
          ...(decided === undefined ? [] : [', decidedBy = :decided']),
          ...(groupId === undefined ? [' REMOVE groupId'] : []),
        ].join(''),
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: {
          ':version': version,
          ':next': version + 1,
          ...(groupId === undefined ? {} : { ':groupId': groupId }),
          ...(decided === undefined ? {} : { ':decided': decided }),
        },
      }),
    ),
  );
}

/** Members of a group, the first that came first, up to `maxMembersListed`. Shows a change a moment after it was made. */
export async function listGroup(table: LedgerTable, groupId: string): Promise<Membership[]> {
  const items = await queryAll(
    table,
    {
      IndexName: ledgerIndexes.group,
      KeyConditionExpression: 'groupId = :groupId',
      ExpressionAttributeValues: { ':groupId': groupId },
    },
    maxMembersListed,
  );
  return items.map((item) => membershipSchema.parse(item));
}

/**
 * Moves every member of a group that is still in it. An editor's decision moves with it.
 * @param known members that the index may not show yet
 */
async function moveAll(
  table: LedgerTable,
  { from, into }: { from: string; into: string },
  known: readonly string[],
): Promise<void> {
  const listed = (await listGroup(table, from)).map(({ assetId }) => assetId);
  for (const assetId of new Set([...known, ...listed])) {
    const member = await getMembership(table, assetId);
    if (member?.groupId === from) await place(table, member, into);
  }
}

/**
 * An editor takes an asset out of its group. It stands alone from then on, whatever it looks like.
 * @returns false where it was in none.
 * @throws RetryableError LedgerContentionError where others keep changing it at the same moment.
 */
export async function splitFromGroup(table: LedgerTable, assetId: string, editor: string): Promise<boolean> {
  for (let round = 0; round < maxRounds; round++) {
    const own = await getMembership(table, assetId);
    if (own?.groupId === undefined) return false;
    if (await place(table, own, undefined, editor)) return true;
  }
  throw new RetryableError('LedgerContentionError', `the group of ${assetId} keeps changing`);
}

/**
 * An editor says that two assets are the same content: the group of the first, or the asset alone, goes to the second's.
 * @throws RetryableError LedgerContentionError where others keep changing them at the same moment.
 */
export async function joinByEditor(
  table: LedgerTable,
  { one, other, editor }: { one: Enrolment; other: Enrolment; editor: string },
): Promise<string> {
  await enrol(table, one);
  await enrol(table, other);
  for (let round = 0; round < maxRounds; round++) {
    const [moved, kept] = await Promise.all([getMembership(table, one.assetId), getMembership(table, other.assetId)]);
    if (moved === undefined || kept === undefined) continue;
    const groupId = kept.groupId ?? newGroupId(kept);
    const isKept = kept.groupId !== undefined && kept.decidedBy !== undefined;
    if (!isKept && !(await place(table, kept, groupId, editor))) continue;
    if (moved.groupId === groupId && moved.decidedBy !== undefined) return groupId;
    if (!(await place(table, moved, groupId, editor))) continue;
    if (moved.groupId !== undefined && moved.groupId !== groupId)
      await moveAll(table, { from: moved.groupId, into: groupId }, []);
    return groupId;
  }
  throw new RetryableError('LedgerContentionError', `the groups of ${one.assetId} and ${other.assetId} keep changing`);
}
