import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { FailureQueue } from '../clients/failure-queue.ts';
import { OwnedCopies } from '../clients/owned-copies.ts';
import { recordOutcomeInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { count, telemetryFor } from '../runtime/telemetry.ts';
import { isWorkerCrash } from './outcome.ts';
import { type OutcomeClients, recordOutcome } from './record-outcome.ts';

const telemetry = telemetryFor('workflow');
const environment = readEnvironment(['ledgerTable', 'failureQueueUrl', 'vectorIndexEndpoint', 'embedVersions']);
const table = openTable(environment.ledgerTable);
const clients: OutcomeClients = {
  ledger: new AssetLedger(table),
  failureQueue: new FailureQueue({ queueUrl: environment.failureQueueUrl }),
  copies: OwnedCopies.open({
    table,
    endpoint: environment.vectorIndexEndpoint,
    deployed: environment.embedVersions,
  }),
};

const outcomeMetrics = { refused: 'assetsRefused', failed: 'assetsFailed', withdrawn: 'assetsWithdrawn' } as const;

/** The end of every path of the workflow but the indexed one. */
export const handler = stepHandler(telemetry, recordOutcomeInputSchema, async (input) => {
  const recorded = await recordOutcome(clients, input);
  if (recorded.isRecorded) count(telemetry, outcomeMetrics[recorded.status]);
  if (recorded.isRecorded && isWorkerCrash(recorded.errorName)) count(telemetry, 'setAside');
  return recorded;
});
