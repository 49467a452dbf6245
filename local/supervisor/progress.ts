import { setTimeout as delay } from 'node:timers/promises';
import { stepSchema } from '../../lambdas/contracts/assets.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import type { LedgerView } from './ledger-view.ts';
import type { Sample } from './newsroom.ts';

const pollMilliseconds = 700;

/** `admit 40/40 | shots 3/6 | ...`: how many assets have passed each step, of those that take it. */
export function stepLine(view: LedgerView): string {
  return stepSchema.options
    .map((step) => {
      const taking = view.assets.filter((asset) => step !== 'shots' || asset.kind === 'video');
      const done = taking.filter((asset) => asset.steps[step]?.status === 'done').length;
      return `${step} ${done}/${taking.length}`;
    })
    .join(' | ');
}

/** One line for an asset that has come to its end. */
export function endLine(asset: AssetRecord): string {
  const detail =
    asset.status === 'indexed'
      ? `${asset.documentCount ?? 0} ${asset.documentCount === 1 ? 'document' : 'documents'}`
      : (asset.reason ?? '');
  return `${asset.status.padEnd(9)} ${asset.kind.padEnd(5)} ${asset.fileName}${detail ? ` (${detail})` : ''}`;
}

export interface Watch {
  readView: () => Promise<LedgerView>;
  samples: readonly Sample[];
  report: (line: string) => void;
  status: (line: string) => void;
  limitSeconds: number;
}

/**
 * Follows the ledger until every sample's upload is recorded and no asset is processing.
 * @returns the last view; the caller judges whether its ends are the right ones. Gives up at the limit.
 */
export async function watchUntilSettled(watch: Watch): Promise<LedgerView> {
  const ended = new Map<string, string>();
  const deadline = Date.now() + watch.limitSeconds * 1000;
  let quiet = 0;
  for (;;) {
    const view = await watch.readView();
    for (const asset of view.assets) {
      const end = `${asset.attempt} ${asset.status}`;
      if (asset.status !== 'processing' && ended.get(asset.assetId) !== end) watch.report(endLine(asset));
      ended.set(asset.assetId, end);
    }
    const arrived = new Set(view.uploads.map((upload) => upload.object.key));
    const waiting = watch.samples.filter((sample) => !arrived.has(sample.key)).length;
    const processing = view.assets.filter((asset) => asset.status === 'processing').length;
    watch.status(`${arrived.size}/${watch.samples.length} uploads | ${stepLine(view)}`);
    // A sidecar that arrived late starts another attempt a moment after its upload is recorded.
    quiet = waiting === 0 && processing === 0 ? quiet + 1 : 0;
    if (quiet >= 3 || Date.now() > deadline) return view;
    await delay(pollMilliseconds);
  }
}
