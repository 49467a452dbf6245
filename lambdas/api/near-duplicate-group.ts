import type { NearDuplicates } from '../clients/near-duplicates.ts';
import { type NearDuplicateGroup, nearDuplicateJoinSchema } from '../contracts/api.ts';
import { assetIdSchema } from '../contracts/assets.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { type Membership, representativeOf } from '../contracts/near-duplicates.ts';
import { Problem, parseRequest } from '../runtime/problems.ts';
import { checkReleased } from './asset-view.ts';
import { type AssetClients, absence, newestDescriptions } from './show-asset.ts';

export interface GroupClients extends AssetClients {
  nearDuplicates: Pick<NearDuplicates, 'getMembership' | 'listGroup' | 'splitFromGroup' | 'joinByEditor'>;
}

/** Members that a page lists; the others are counted. */
const maxMembersShown = 24;
const linkSeconds = 3600;

/** GET /assets/{assetId}/near-duplicates: the group an asset is in, with itself, without what nobody may see yet. */
export async function showGroup(
  clients: GroupClients,
  assetId: unknown,
  now = new Date(),
): Promise<NearDuplicateGroup> {
  const asset = await releasedAsset(clients, assetId, now);
  const own = await clients.nearDuplicates.getMembership(asset.assetId);
  if (own?.groupId === undefined)
    return { members: [], hiddenCount: 0, ...(own?.decidedBy === undefined ? {} : { splitBy: own.decidedBy }) };
  const memberships = withOwn(own, await clients.nearDuplicates.listGroup(own.groupId));
  const assets = await clients.ledger.getAssets(memberships.map((member) => member.assetId));
  const present = memberships.filter(({ assetId: id }) => {
    const status = assets.get(id)?.status;
    return status !== undefined && status !== 'withdrawn' && status !== 'refused';
  });
  const [first, ...rest] = present;
  if (first === undefined || rest.length === 0) return { members: [], hiddenCount: 0 };
  const representative = representativeOf([first, ...rest]);
  const order = [representative, ...present.filter((member) => member !== representative)];
  const shown = await Promise.all(
    order.slice(0, maxMembersShown).map(async (member) => {
      const record = assets.get(member.assetId) as AssetRecord;
      const title = await releasedTitle(clients, record, now);
      return title === undefined ? [] : [await memberOf(clients, record, { title, member, representative })];
    }),
  );
  const members = shown.flat();
  return { members, hiddenCount: present.length - members.length };
}

/** The index that lists a group may not show a change of a moment ago. */
const withOwn = (own: Membership, listed: readonly Membership[]): Membership[] => [
  own,
  ...listed.filter(({ assetId }) => assetId !== own.assetId),
];

async function memberOf(
  { derived }: AssetClients,
  record: AssetRecord,
  { title, member, representative }: { title: string; member: Membership; representative: Membership },
): Promise<NearDuplicateGroup['members'][number]> {
  const { assetId, kind, fileName, bytes, desk, createdAt } = record;
  const key = derivedKeys.thumbnail(assetId, kind === 'photo' ? 'photo' : '0');
  return {
    assetId,
    title,
    fileName,
    bytes,
    desk,
    arrivedAt: createdAt,
    isRepresentative: member === representative,
    ...(kind === 'story' ? {} : { thumbnailUrl: await derived.presignGet(key, linkSeconds) }),
    ...(member.decidedBy === undefined ? {} : { joinedBy: member.decidedBy }),
  };
}

/** @returns undefined where nobody may see it (yet). */
async function releasedTitle(clients: AssetClients, asset: AssetRecord, now: Date): Promise<string | undefined> {
  const { descriptions } = await newestDescriptions(clients.derived, asset);
  try {
    checkReleased(asset, descriptions, now);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
  return asset.title ?? descriptions[0]?.title ?? asset.fileName;
}

async function releasedAsset(clients: AssetClients, assetId: unknown, now: Date): Promise<AssetRecord> {
  const id = parseRequest(assetIdSchema, assetId);
  const asset = await clients.ledger.getAsset(id);
  if (asset === undefined) throw await absence(clients, id);
  const { descriptions } = await newestDescriptions(clients.derived, asset);
  checkReleased(asset, descriptions, now);
  return asset;
}

/** POST /assets/{assetId}/near-duplicates/split: it stands alone from then on. @throws Problem 409 where it does already. */
export async function splitFromGroup(
  clients: GroupClients,
  assetId: unknown,
  editor: string,
  now = new Date(),
): Promise<NearDuplicateGroup> {
  const asset = await releasedAsset(clients, assetId, now);
  if (!(await clients.nearDuplicates.splitFromGroup(asset.assetId, editor)))
    throw new Problem(409, 'NotGrouped', 'This asset is in no group of near-duplicates.');
  return showGroup(clients, asset.assetId, now);
}

/** POST /assets/{assetId}/near-duplicates: both assets are one content from then on. */
export async function joinGroup(
  clients: GroupClients,
  assetId: unknown,
  body: unknown,
  editor: string,
  now = new Date(),
): Promise<NearDuplicateGroup> {
  const { assetId: otherId } = parseRequest(nearDuplicateJoinSchema, body);
  const [asset, other] = await Promise.all([
    releasedAsset(clients, assetId, now),
    releasedAsset(clients, otherId, now),
  ]);
  if (asset.assetId === other.assetId)
    throw new Problem(400, 'InvalidRequest', 'An asset cannot be joined with itself. Name another one.');
  if (asset.kind !== other.kind)
    throw new Problem(400, 'InvalidRequest', `A ${asset.kind} and a ${other.kind} are not the same content.`);
  const enrolmentOf = ({ assetId: id, kind, createdAt, bytes }: AssetRecord) => ({
    assetId: id,
    kind,
    arrivedAt: createdAt,
    bytes,
  });
  await clients.nearDuplicates.joinByEditor({ one: enrolmentOf(asset), other: enrolmentOf(other), editor });
  return showGroup(clients, asset.assetId, now);
}
