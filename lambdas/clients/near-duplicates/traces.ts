import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type LikenessRecord, type Membership, nearDuplicateKeys } from '../../contracts/near-duplicates.ts';
import { RetryableError } from '../../runtime/errors.ts';
import { holds, type LedgerTable } from '../asset-ledger/table.ts';
import { anchorOf, newGroupId } from './group-plan.ts';
import { findCandidates, getLikeness, listLikenesses } from './likenesses.ts';
import { getMembership, listGroup } from './memberships.ts';

/** Rows of other assets that name an asset: what they were found to be like, and the group that it began. */
export interface Traces {
  /** Documents whose likeness names it. */
  likenesses: { assetId: string; documentId: string }[];
  /** Members of a group that is named after it. */
  members: string[];
}

const maxRounds = 10;

const names = ({ neighbours }: LikenessRecord, assetId: string): boolean =>
  neighbours.some((neighbour) => neighbour.assetId === assetId);

/**
 * Looks where an asset's hashes lead, and at the documents that it was found to be like: whoever names it was led to it
 * by the same hashes. Reads only; its own rows must be there still.
 */
export async function findTraces(table: LedgerTable, assetId: string): Promise<Traces> {
  const suspects = new Map<string, { assetId: string; documentId: string }>();
  for (const likeness of await listLikenesses(table, assetId)) {
    for (const neighbour of likeness.neighbours) suspects.set(neighbour.documentId, neighbour);
    const { candidates } = await findCandidates(table, likeness);
    for (const candidate of candidates) suspects.set(candidate.documentId, candidate);
  }
  const own = await getMembership(table, assetId);
  const members =
    own?.groupId === undefined || anchorOf(own.groupId) !== assetId ? [] : await listGroup(table, own.groupId);
  return stillNaming(table, assetId, {
    likenesses: [...suspects.values()].map((suspect) => ({
      assetId: suspect.assetId,
      documentId: suspect.documentId,
    })),
    members: members.map((member) => member.assetId).filter((id) => id !== assetId),
  });
}

/** Those of the rows that name it at this moment. */
export async function stillNaming(
  table: LedgerTable,
  assetId: string,
  { likenesses, members }: Traces,
): Promise<Traces> {
  const found: Traces = { likenesses: [], members: [] };
  for (const document of likenesses) {
    const record = await getLikeness(table, document.assetId, document.documentId);
    if (record !== undefined && names(record, assetId)) found.likenesses.push(document);
  }
  for (const member of members) {
    const groupId = (await getMembership(table, member))?.groupId;
    if (groupId !== undefined && anchorOf(groupId) === assetId) found.members.push(member);
  }
  return found;
}

/**
 * Takes an asset's name out of other assets' rows: out of what they are like, and out of the name of their group, which
 * is named anew after the first that is left; one that is left alone stands alone. May be done again.
 * @returns how many rows were changed
 */
export async function forgetTraces(table: LedgerTable, assetId: string, traces: Traces): Promise<number> {
  const { likenesses, members } = await stillNaming(table, assetId, traces);
  for (const document of likenesses) await forgetNeighbour(table, document, assetId);
  await renameGroup(table, assetId, traces.members, members);
  return likenesses.length + members.length;
}

async function forgetNeighbour(
  table: LedgerTable,
  { assetId, documentId }: Traces['likenesses'][number],
  forgotten: string,
): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const record = await getLikeness(table, assetId, documentId);
    if (record === undefined || !names(record, forgotten)) return;
    const isWritten = await holds(
      table.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key: nearDuplicateKeys.likeness(assetId, documentId),
          UpdateExpression: 'SET neighbours = :kept',
          ConditionExpression: 'neighbours = :seen',
          ExpressionAttributeValues: {
            ':seen': record.neighbours,
            ':kept': record.neighbours.filter((neighbour) => neighbour.assetId !== forgotten),
          },
        }),
      ),
    );
    if (isWritten) return;
  }
  throw new RetryableError('LedgerContentionError', `the likeness of ${documentId} keeps changing`);
}

/** @param all those who were in the group; a run that was cut off has moved some of them already. */
async function renameGroup(
  table: LedgerTable,
  assetId: string,
  all: readonly string[],
  members: readonly string[],
): Promise<void> {
  if (members.length === 0) return;
  const groupId = await newNameFor(table, assetId, all);
  for (const member of members) {
    for (let round = 0; ; round++) {
      const seen = await getMembership(table, member);
      if (seen?.groupId === undefined || anchorOf(seen.groupId) !== assetId) break;
      if (await moveTo(table, seen, groupId)) break;
      if (round === maxRounds)
        throw new RetryableError('LedgerContentionError', `the group of ${member} keeps changing`);
    }
  }
}

/** @returns undefined where one member alone is left */
async function newNameFor(table: LedgerTable, assetId: string, all: readonly string[]): Promise<string | undefined> {
  const memberships = [];
  for (const member of all) {
    const membership = await getMembership(table, member);
    if (membership !== undefined) memberships.push(membership);
  }
  const moved = memberships.find(({ groupId }) => groupId !== undefined && all.includes(anchorOf(groupId)));
  if (moved?.groupId !== undefined) return moved.groupId;
  const inGroup = memberships.filter(({ groupId }) => groupId !== undefined && anchorOf(groupId) === assetId);
  const [first] = inGroup;
  return inGroup.length < 2 || first === undefined ? undefined : newGroupId(first);
}

/** An editor's word was about a group that is there no more where its member is left alone. */
function moveTo(table: LedgerTable, { assetId, version }: Membership, groupId: string | undefined): Promise<boolean> {
  return holds(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: nearDuplicateKeys.membership(assetId),
        UpdateExpression:
          groupId === undefined
            ? 'SET version = :next REMOVE groupId, decidedBy'
            : 'SET version = :next, groupId = :groupId',
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: {
          ':version': version,
          ':next': version + 1,
          ...(groupId === undefined ? {} : { ':groupId': groupId }),
        },
      }),
    ),
  );
}
