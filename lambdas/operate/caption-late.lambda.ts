import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { CaptionBudget } from '../clients/captions/caption-budget.ts';
import { CaptionRecords } from '../clients/captions/caption-records.ts';
import { PaidCaptions } from '../clients/captions/paid-captions.ts';
import { ProviderGate } from '../clients/captions/provider-gate.ts';
import { Workflow } from '../clients/workflow.ts';
import { parseCaptionSettings } from '../contracts/captions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { EnvironmentError } from '../runtime/errors.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { beginLateCaptions, type LateCaptionClients, type LateCaptionsReport } from './begin-late-captions.ts';

const telemetry = telemetryFor('operate');
let wired: LateCaptionClients | undefined;
function wire(): LateCaptionClients {
  const environment = readEnvironment(['ledgerTable', 'stateMachineArn', 'captions']);
  const settings = parseCaptionSettings(environment.captions);
  if (settings === undefined) throw new EnvironmentError('captions are off, so none can come late');
  const table = openTable(environment.ledgerTable);
  const now = () => new Date();
  return {
    ledger: new AssetLedger(table),
    workflow: new Workflow({ stateMachineArn: environment.stateMachineArn }),
    records: new CaptionRecords(table),
    budget: new CaptionBudget(table),
    paid: new PaidCaptions(table),
    gate: new ProviderGate(table, settings, now),
    settings,
    now,
  };
}

/** Called by a timer: captions that wait, and accounts whose worker was lost. */
export const handler = async (): Promise<LateCaptionsReport> => {
  wired ??= wire();
  try {
    const report = await beginLateCaptions(wired);
    count(telemetry, 'captionsWaiting', report.waiting);
    count(telemetry, 'captionsWaitingHours', report.waitingHours);
    count(telemetry, 'captionProviderAway', report.isProviderAway ? 1 : 0);
    count(telemetry, 'captionSpend', report.committedMicroDollars);
    count(telemetry, 'captionSpendUnaccounted', report.unaccountedMicroDollars);
    telemetry.logger.info('looked for late captions', { ...report });
    return report;
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};
