import { randomBytes } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { AssetLedger } from '../clients/asset-ledger.ts';
import { VectorIndex } from '../clients/vector-index.ts';
import { sweepRequestSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { type SweepReport, sweepSuspects, sweepWholeIndex } from './sweep-doubles.ts';

/** Left to finish a page and answer. */
const reservedMilliseconds = 30_000;

const telemetry = telemetryFor('index');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['ledgerTable', 'vectorIndexEndpoint', 'vectorIndexName']);
  return {
    ledger: AssetLedger.open(environment.ledgerTable),
    index: new VectorIndex({ endpoint: environment.vectorIndexEndpoint, indexName: environment.vectorIndexName }),
  };
}

/** Deletes documents that no ledger row owns. */
export const handler = async (event: unknown, context: Context): Promise<SweepReport> => {
  const { scope } = sweepRequestSchema.parse(event);
  wired ??= wire();
  const time = {
    now: () => new Date(),
    hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
  };
  const report =
    scope === 'suspects'
      ? await sweepSuspects(wired, { ...time, startAt: Math.random() })
      : // Document ids begin with a SHA-256 in hexadecimal: a random one begins anywhere in the index.
        await sweepWholeIndex(wired, { ...time, startAfter: randomBytes(32).toString('hex') });
  telemetry.logger.info('swept', { scope, report });
  return report;
};
