import { randomBytes } from 'node:crypto';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Context } from 'aws-lambda';
import { openTable } from '../clients/asset-ledger.ts';
import { sweepRequestSchema } from '../contracts/workflow.ts';
import { Versions } from '../embedding/versions.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { type SweepReport, sweepSuspects, sweepWholeIndex } from './sweep-doubles.ts';

/** Left to finish a page and answer. */
const reservedMilliseconds = 30_000;

const telemetry = telemetryFor('index');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['ledgerTable', 'vectorIndexEndpoint', 'embedVersions']);
  return new Versions({
    deployed: environment.embedVersions,
    table: openTable(environment.ledgerTable),
    vectorIndexEndpoint: environment.vectorIndexEndpoint,
    sageMaker: new SageMakerRuntimeClient({}),
  });
}

/** Deletes documents that no ledger row owns. */
export const handler = async (event: unknown, context: Context): Promise<SweepReport[]> => {
  const { scope } = sweepRequestSchema.parse(event);
  wired ??= wire();
  const time = {
    now: () => new Date(),
    hasTime: () => context.getRemainingTimeInMillis() > reservedMilliseconds,
  };
  const reports: SweepReport[] = [];
  for (const { ledger, index } of wired.active(await wired.states.read()))
    reports.push(
      scope === 'suspects'
        ? await sweepSuspects({ ledger, index }, { ...time, startAt: Math.random() })
        : // Document ids begin with a SHA-256 in hexadecimal: a random one begins anywhere in the index.
          await sweepWholeIndex({ ledger, index }, { ...time, startAfter: randomBytes(32).toString('hex') }),
    );
  telemetry.logger.info('swept', { scope, reports });
  return reports;
};
