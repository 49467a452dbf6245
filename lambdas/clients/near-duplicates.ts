import type { LikenessRecord, Membership, Neighbour } from '../contracts/near-duplicates.ts';
import type { LedgerTable } from './asset-ledger/table.ts';
import { openTable } from './asset-ledger.ts';
import * as captionOffers from './near-duplicates/caption-offers.ts';
import * as likenesses from './near-duplicates/likenesses.ts';
import * as memberships from './near-duplicates/memberships.ts';
import * as traces from './near-duplicates/traces.ts';

export { anchorOf } from './near-duplicates/group-plan.ts';
export type { Candidate, Likeness, Lookup } from './near-duplicates/likenesses.ts';
export type { Enrolment } from './near-duplicates/memberships.ts';
export type { Traces } from './near-duplicates/traces.ts';

/**
 * Near-duplicates and their groups, in rows of the asset ledger's table (their keys: contracts/near-duplicates.ts). Each
 * method's promise and errors are documented where it is written.
 */
export class NearDuplicates {
  readonly #table: LedgerTable;

  /** `client` must be made with `marshallOptions.removeUndefinedValues`. */
  constructor({ client, tableName }: LedgerTable) {
    this.#table = { client, tableName };
  }

  /** In the table of this name, reached by the environment's own credentials and endpoint. */
  static open(tableName: string): NearDuplicates {
    return new NearDuplicates(openTable(tableName));
  }

  putLikeness(likeness: likenesses.Likeness, now: Date): Promise<void> {
    return likenesses.putLikeness(this.#table, likeness, now);
  }
  listLikenesses(assetId: string): Promise<LikenessRecord[]> {
    return likenesses.listLikenesses(this.#table, assetId);
  }
  findCandidates(likeness: likenesses.Likeness, breadth?: { isOneOfMany: boolean }): Promise<likenesses.Lookup> {
    return likenesses.findCandidates(this.#table, likeness, breadth);
  }
  recordNeighbours(
    document: Pick<likenesses.Likeness, 'assetId' | 'documentId'>,
    neighbours: readonly Neighbour[],
  ): Promise<boolean> {
    return likenesses.recordNeighbours(this.#table, document, neighbours);
  }
  /** Confirmed near-duplicates of a photo (`ASSET.photo.0`) or a shot's keyframe (`ASSET.shot.N`), most alike first. */
  async neighboursOf(assetId: string, documentId: string): Promise<Neighbour[]> {
    return (await likenesses.getLikeness(this.#table, assetId, documentId))?.neighbours ?? [];
  }

  offerCaption(to: readonly captionOffers.OfferedTo[], captionKey: string): Promise<void> {
    return captionOffers.offerCaption(this.#table, to, captionKey);
  }
  captionsOffered(assetId: string, documentId: string): Promise<string[]> {
    return captionOffers.captionsOffered(this.#table, { assetId, documentId });
  }

  enrol(enrolment: memberships.Enrolment): Promise<void> {
    return memberships.enrol(this.#table, enrolment);
  }
  joinNeighbours(assetId: string, neighbourIds: readonly string[]): Promise<string | undefined> {
    return memberships.joinNeighbours(this.#table, assetId, neighbourIds);
  }
  getMembership(assetId: string): Promise<Membership | undefined> {
    return memberships.getMembership(this.#table, assetId);
  }
  getMemberships(assetIds: readonly string[]): Promise<Map<string, Membership>> {
    return memberships.getMemberships(this.#table, assetIds);
  }
  listGroup(groupId: string): Promise<Membership[]> {
    return memberships.listGroup(this.#table, groupId);
  }
  findTraces(assetId: string): Promise<traces.Traces> {
    return traces.findTraces(this.#table, assetId);
  }
  stillNaming(assetId: string, found: traces.Traces): Promise<traces.Traces> {
    return traces.stillNaming(this.#table, assetId, found);
  }
  forgetTraces(assetId: string, found: traces.Traces): Promise<number> {
    return traces.forgetTraces(this.#table, assetId, found);
  }
  splitFromGroup(assetId: string, editor: string): Promise<boolean> {
    return memberships.splitFromGroup(this.#table, assetId, editor);
  }
  joinByEditor(pair: { one: memberships.Enrolment; other: memberships.Enrolment; editor: string }): Promise<string> {
    return memberships.joinByEditor(this.#table, pair);
  }
}
