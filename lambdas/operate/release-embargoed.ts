import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { EventBus } from '../clients/event-bus.ts';
import type { Releases } from '../clients/releases.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { releaseOf } from '../contracts/release.ts';
import {
  type AssetReleased,
  assetReleasedSchema,
  assetReleasedType,
  type ReleaseRecord,
  type ReleaseReport,
} from '../contracts/release-event.ts';
import { errorMessage } from '../runtime/errors.ts';

/** Releases that are looked at together: many embargoes end on the hour. */
const pageSize = 100;
const atOnce = 8;
/** An asset that is not in the index yet is looked at again then. */
const lookAgainMilliseconds = 60_000;
/** One event takes well under a second; a worker that died is followed by another after this. */
const leaseSeconds = 30;

export interface ReleaseClients {
  releases: Pick<Releases, 'due' | 'postpone' | 'tellOnce' | 'forget'>;
  ledger: Pick<AssetLedger, 'getAsset'>;
  bus: Pick<EventBus, 'put'>;
  now(): Date;
  hasTime(): boolean;
  /** A name that no other run bears. */
  owner: string;
}

/**
 * Tells of every asset whose embargo has ended, each once. Readers find it by the clock, whether it was told or not; what
 * earlier runs have missed is due and told now.
 */
export async function releaseEmbargoed(clients: ReleaseClients): Promise<ReleaseReport> {
  const report: ReleaseReport = { released: [], postponed: 0, forgotten: 0, problems: [], overdueSeconds: 0 };
  for (;;) {
    const due = await clients.releases.due({ by: clients.now(), limit: pageSize });
    const before = { done: doneIn(report), problems: report.problems.length };
    const waiting = [...due];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(clients, next, report);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    // What could not be told, or is another run's, is due still and would be listed again.
    const isStill = report.problems.length > before.problems || doneIn(report) === before.done;
    if (due.length < pageSize || isStill || !clients.hasTime()) return report;
  }
}

const doneIn = ({ released, postponed, forgotten }: ReleaseReport): number => released.length + postponed + forgotten;

async function one(clients: ReleaseClients, release: ReleaseRecord, report: ReleaseReport): Promise<void> {
  try {
    const asset = await clients.ledger.getAsset(release.assetId);
    if (asset === undefined || asset.status === 'withdrawn' || asset.status === 'refused') {
      if (await clients.releases.forget(release)) report.forgotten += 1;
      return;
    }
    const until = heldUntil(asset, clients.now());
    if (until !== undefined) {
      if (await clients.releases.postpone(release, until)) report.postponed += 1;
      return;
    }
    await clients.releases.tellOnce(release, { owner: clients.owner, leaseSeconds }, async () => {
      const detail = eventOf(release);
      const releasedAt = clients.now();
      await clients.bus.put({ type: assetReleasedType, detail, time: releasedAt });
      report.released.push(release.assetId);
      return { eventId: detail.eventId, releasedAt: releasedAt.toISOString() };
    });
  } catch (error) {
    report.problems.push(`${release.assetId}: ${errorMessage(error)}`);
    const overdue = (clients.now().getTime() - Date.parse(release.dueAt ?? '')) / 1000;
    report.overdueSeconds = Math.max(report.overdueSeconds, overdue);
  }
}

/**
 * When to look again at what is due and not to be told yet: it is in no index so far, or its sources, read once more,
 * say another time, of which the index step will write.
 */
function heldUntil({ indexedAt, hold }: AssetRecord, now: Date): Date | undefined {
  const soon = new Date(now.getTime() + lookAgainMilliseconds);
  const release = releaseOf(hold, now);
  if (release.state === 'embargoed') return new Date(release.until);
  return indexedAt === undefined || release.state !== 'released' ? soon : undefined;
}

const eventOf = ({ assetId, kind, desk, cause, subject, dueAt }: ReleaseRecord): AssetReleased =>
  assetReleasedSchema.parse({ eventId: `${assetId}/${subject}`, assetId, kind, desk, cause, dueAt });
