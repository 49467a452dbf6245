import type { Membership } from '../../contracts/near-duplicates.ts';

export type GroupPlan =
  /** Nothing is to be changed. */
  | { action: 'stay' }
  /** The asset becomes a member of a group that there is. */
  | { action: 'join'; groupId: string }
  /** A neighbour that stands alone begins a group, which the asset joins next. */
  | { action: 'begin'; with: Membership; groupId: string }
  /** Two groups hold the same content and become one. */
  | { action: 'merge'; from: string; into: string };

/** A new group is named by the asset that begins it and by which of its changes that is, so that no name comes twice. */
export const newGroupId = ({ assetId, version }: Pick<Membership, 'assetId' | 'version'>): string =>
  `${assetId}.${version}`;

/** The asset that a group began with, and that its members are compared with. */
export const anchorOf = (groupId: string): string => groupId.split('.')[0] ?? '';

/**
 * The next change by which an asset comes to its near-duplicates. It goes where the most alike is. What an editor has
 * decided stays: such an asset does not move, and a group that holds one is not merged with another.
 * @param neighbours most alike first
 * @param isDecided whether a group holds an asset by an editor's word
 */
export function planGroup(
  own: Membership,
  neighbours: readonly Membership[],
  isDecided: (groupId: string) => boolean,
): GroupPlan {
  const [nearest] = neighbours;
  if (nearest === undefined) return { action: 'stay' };
  if (own.groupId === undefined) {
    if (own.decidedBy !== undefined) return { action: 'stay' };
    if (nearest.groupId !== undefined) return { action: 'join', groupId: nearest.groupId };
    const first = earlier(own, nearest);
    return { action: 'begin', with: nearest, groupId: newGroupId(first) };
  }
  const other = neighbours.find(
    ({ groupId }) => groupId !== undefined && groupId !== own.groupId && !isDecided(groupId),
  );
  if (other?.groupId === undefined || isDecided(own.groupId)) return { action: 'stay' };
  const [into, from] = [own.groupId, other.groupId].sort() as [string, string];
  return { action: 'merge', from, into };
}

/** The one that came first; both sides of a pair choose the same. */
function earlier(one: Membership, other: Membership): Membership {
  const order = Date.parse(one.arrivedAt) - Date.parse(other.arrivedAt);
  if (order !== 0) return order < 0 ? one : other;
  return one.assetId < other.assetId ? one : other;
}
