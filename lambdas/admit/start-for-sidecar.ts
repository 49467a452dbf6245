import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { Workflow } from '../clients/workflow.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { FencedError, RetryableError } from '../runtime/errors.ts';

/** Two sidecars of one asset that come together are the case there is; each round lost is another one's start. */
const maxRounds = 5;

/** The describe step says that it has started before it reads the sidecars; until then it will see this one. */
export const willReadSidecars = (asset: AssetRecord, stem: string): boolean =>
  asset.status === 'processing' && asset.stem === stem && asset.steps.describe === undefined;

/**
 * Sees to it that an attempt reads the sidecar that was just laid beside the asset: the running one where it has not
 * come so far, a new one otherwise.
 * @throws RetryableError LedgerContentionError
 */
export async function startForSidecar(
  ledger: AssetLedger,
  workflow: Workflow,
  assetId: string,
  stem: string,
): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const asset = await ledger.getAsset(assetId);
    if (asset === undefined) return;
    if (willReadSidecars(asset, stem)) {
      await workflow.start(asset);
      return;
    }
    try {
      const begun = await ledger.beginAttempt(assetId, { reason: 'sidecar', expectedAttempt: asset.attempt, stem });
      await workflow.start(begun);
      return;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
    }
  }
  throw new RetryableError('LedgerContentionError', `other attempts of asset ${assetId} begin at the same moment`);
}
