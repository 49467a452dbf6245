import { AssetLedger } from '../clients/asset-ledger.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { stuckSince } from './stuck.ts';

const telemetry = telemetryFor('operate');
const ledger = AssetLedger.open(readEnvironment(['ledgerTable']).ledgerTable);
/** As many as an operator reads; the metric counts them all. */
const maxNamed = 50;

/** Counts assets that have stayed in processing without a sign of life; zero is counted too, so that the alarm can end. */
export const handler = async (): Promise<{ stuckAssets: number }> => {
  try {
    const stuck = await ledger.listUnsettled({ status: 'processing', before: stuckSince(new Date()) });
    count(telemetry, 'stuckAssets', stuck.length);
    if (stuck.length > 0) telemetry.logger.warn('stuck', { count: stuck.length, oldest: stuck.slice(0, maxNamed) });
    return { stuckAssets: stuck.length };
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};
