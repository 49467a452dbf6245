import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { FoundDocument, VectorIndex } from '../clients/vector-index.ts';
import { isOrphan } from './orphans.ts';
import { replacedReason, type StoryClients, withdrawAsset } from './story-versions.ts';

export interface SweepClients extends StoryClients {
  ledger: StoryClients['ledger'] & Pick<AssetLedger, 'listUnsettled' | 'clearSuspect'>;
  index: StoryClients['index'] & Pick<VectorIndex, 'documentsInOrder'>;
}
export interface SweepReport {
  seen: number;
  deleted: number;
  /** Stories that were still findable although a newer version, or its kill, had ended. */
  storiesWithdrawn: number;
  isWhole: boolean;
}
export interface SweepTime {
  now(): Date;
  hasTime(): boolean;
}

/**
 * How long a suspicion is looked into: a Lambda that was overtaken lives 15 minutes at most, and what it wrote last
 * comes to light a minute later. Should the index take longer still, the walk over the whole index finds it.
 */
export const suspicionMilliseconds = 20 * 60 * 1000;

/**
 * Deletes what nobody owns of the assets that the ledger suspects of doubles. What comes to light only later is found by
 * one of the next runs, until the suspicion ends. It begins anywhere and comes round to there, so that more suspects
 * than one run can look into, as after an outage, each have their turn.
 * @param startAt where among the suspects to begin: 0 for the oldest suspicion, up to 1 for the newest.
 */
export async function sweepSuspects(
  clients: SweepClients,
  { startAt, now, hasTime }: SweepTime & { startAt: number },
): Promise<SweepReport> {
  const report: SweepReport = { seen: 0, deleted: 0, storiesWithdrawn: 0, isWhole: false };
  const suspects = await clients.ledger.listUnsettled({ status: 'suspect' });
  const first = Math.floor(startAt * suspects.length);
  for (const suspect of [...suspects.slice(first), ...suspects.slice(0, first)]) {
    if (!hasTime()) return report;
    // Taken before the look: what comes to light after it may be younger than the suspicion's end.
    const isLastLook = now().getTime() - Date.parse(suspect.since) >= suspicionMilliseconds;
    for await (const copies of clients.index.documentsInOrder({ assetId: suspect.assetId })) {
      report.seen += copies.length;
      await sweepAsset(clients, copies, now(), report);
    }
    if (isLastLook) await clients.ledger.clearSuspect(suspect);
  }
  return { ...report, isWhole: true };
}

/**
 * Walks over the index and deletes documents that no ledger row owns, whether anybody suspects them or not. It begins
 * anywhere and comes round to there, so that an index too large for one run is swept by many.
 * @param startAfter a document id, or the beginning of one.
 */
export async function sweepWholeIndex(
  clients: SweepClients,
  { startAfter, now, hasTime }: SweepTime & { startAfter: string },
): Promise<SweepReport> {
  const report: SweepReport = { seen: 0, deleted: 0, storiesWithdrawn: 0, isWhole: false };
  for await (const page of roundFrom(clients.index, startAfter)) {
    report.seen += page.length;
    for (const copies of byAsset(page).values()) await sweepAsset(clients, copies, now(), report);
    if (!hasTime()) return report;
  }
  return { ...report, isWhole: true };
}

async function* roundFrom(index: SweepClients['index'], start: string): AsyncGenerator<FoundDocument[]> {
  yield* index.documentsInOrder({ after: start });
  for await (const page of index.documentsInOrder()) {
    const before = page.filter(({ document }) => document.documentId <= start);
    if (before.length > 0) yield before;
    if (before.length < page.length) return;
  }
}

function byAsset(page: readonly FoundDocument[]): Map<string, FoundDocument[]> {
  return Map.groupBy(page, ({ document }) => document.assetId);
}

async function sweepAsset(
  clients: SweepClients,
  copies: readonly FoundDocument[],
  now: Date,
  report: SweepReport,
): Promise<void> {
  const assetId = copies[0]?.document.assetId ?? '';
  const { ledger, index } = clients;
  // The rows are read before the asset: an attempt that begins in between only keeps more.
  const rows = new Map((await ledger.listDocuments(assetId)).map((row) => [row.documentId, row]));
  const asset = await ledger.getAsset(assetId);
  const orphans = copies.filter((copy) => isOrphan(copy, { row: rows.get(copy.document.documentId), asset }, now));
  if (orphans.length > 0) report.deleted += await index.deleteByIds(orphans.map(({ indexId }) => indexId));
  const uri = copies[0]?.document.story?.uri;
  if (uri !== undefined && (await isOvertaken(clients, uri, assetId))) {
    const story = await ledger.getStory(uri);
    await withdrawAsset(clients, assetId, replacedReason(story?.version ?? ''));
    report.storiesWithdrawn += 1;
  }
}

/** Only an ended newer version overtakes: while it is on its way, or has failed, readers keep the older one. */
async function isOvertaken({ ledger }: StoryClients, uri: string, assetId: string): Promise<boolean> {
  const story = await ledger.getStory(uri);
  if (story === undefined || story.assetId === assetId) return false;
  const newest = await ledger.getAsset(story.assetId);
  return newest?.status === 'indexed' || newest?.status === 'withdrawn';
}
