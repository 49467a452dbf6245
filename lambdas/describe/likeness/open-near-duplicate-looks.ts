import type { AssetLedger } from '../../clients/asset-ledger.ts';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import { NearDuplicates } from '../../clients/near-duplicates.ts';
import type { AssetRecord } from '../../contracts/ledger.ts';
import { count, type Telemetry } from '../../runtime/telemetry.ts';
import { type LookReport, type NearDuplicateLook, nearDuplicateLook } from './near-duplicate-look.ts';
import { NearDuplicateSearch } from './near-duplicate-search.ts';

/** Looks for near-duplicates of one asset after the other, in the table of this name, and what they tell the operator. */
export function openNearDuplicateLooks(
  ledgerTable: string,
  { ledger, derived }: { ledger: AssetLedger; derived: MediaBucket },
  telemetry: Telemetry,
): (asset: AssetRecord) => NearDuplicateLook {
  const nearDuplicates = NearDuplicates.open(ledgerTable);
  const search = new NearDuplicateSearch({ nearDuplicates, ledger, derived, now: () => new Date() });
  const report: LookReport = {
    found: ({ duplicates, groupId, isPlain }) => {
      if (duplicates > 0) count(telemetry, 'nearDuplicatesFound', duplicates);
      telemetry.logger.info('looked for near-duplicates', { duplicates, groupId, isPlain });
    },
    failed: (error) => {
      count(telemetry, 'nearDuplicateLooksFailed');
      telemetry.logger.error('no look for near-duplicates', error);
    },
  };
  return (asset) => nearDuplicateLook(search, asset, report);
}
