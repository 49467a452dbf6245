import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { EventBus } from '../clients/event-bus.ts';
import { Releases } from '../clients/releases.ts';
import { archiveEventSource, type ReleaseReport } from '../contracts/release-event.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, seconds, telemetryFor } from '../runtime/telemetry.ts';
import { releaseEmbargoed } from './release-embargoed.ts';

/** A page of releases takes seconds. */
const reservedMilliseconds = 20_000;

const telemetry = telemetryFor('operate');
const table = openTable(readEnvironment(['ledgerTable']).ledgerTable);
const clients = {
  releases: new Releases(table),
  ledger: new AssetLedger(table),
  bus: new EventBus({ client: new EventBridgeClient({}), source: archiveEventSource }),
  now: () => new Date(),
};

/** Called by a timer: tells of assets whose embargo has ended. */
export const handler = async (_event: unknown, context: Context): Promise<ReleaseReport> => {
  try {
    const report = await releaseEmbargoed({
      ...clients,
      owner: context.awsRequestId,
      hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
    });
    count(telemetry, 'assetsReleased', report.released.length);
    seconds(telemetry, 'releaseOverdue', report.overdueSeconds);
    if (report.problems.length > 0) telemetry.logger.error('not told', { ...report });
    else if (report.released.length > 0) telemetry.logger.info('released', { ...report });
    return report;
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};
