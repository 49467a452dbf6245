import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ArrivalQueue } from '../../clients/arrival-queue.ts';
import { AssetLedger, openTable } from '../../clients/asset-ledger.ts';
import { Executions } from '../../clients/executions.ts';
import { LedgerRows } from '../../clients/ledger-rows.ts';
import { MediaBucket } from '../../clients/media-bucket.ts';
import { NearDuplicates } from '../../clients/near-duplicates.ts';
import { ObjectVersions } from '../../clients/object-versions.ts';
import { Releases } from '../../clients/releases.ts';
import { Withdrawals } from '../../clients/withdrawals.ts';
import { Workflow } from '../../clients/workflow.ts';
import type { S3Object } from '../../contracts/assets.ts';
import type { WithdrawalRequest } from '../../contracts/withdrawal.ts';
import { readEnvironment } from '../../runtime/environment.ts';
import { type DerivedPhaseClients, derivedPage, type OriginalsPhaseClients, originalsPage } from './bucket-phases.ts';
import { type IndexPhaseClients, indexPage } from './index-phase.ts';
import { openIndexes } from './indexes.ts';
import { type LedgerPhaseClients, ledgerPage } from './ledger-phase.ts';
import type { Phases } from './walk.ts';

export type ReconcileClients = LedgerPhaseClients & OriginalsPhaseClients & DerivedPhaseClients & IndexPhaseClients;

export const phasesOf = (clients: ReconcileClients): Phases => ({
  ledger: (cursor) => ledgerPage(clients, cursor),
  originals: (cursor) => originalsPage(clients, cursor),
  derived: (cursor) => derivedPage(clients, cursor),
  index: (cursor) => indexPage(clients, cursor),
});

/** What the function of this deployment walks over, and where it keeps how far it has come. */
export function wire(): { phases: Phases; reports: MediaBucket } {
  const environment = readEnvironment([
    'ledgerTable',
    'originalsBucket',
    'derivedBucket',
    'vectorIndexEndpoint',
    'embedVersions',
    'stateMachineArn',
    'admitQueueUrl',
    'withdrawFunction',
  ]);
  const client = new S3Client({ forcePathStyle: true });
  const originals = new MediaBucket({ client, bucketName: environment.originalsBucket });
  const queue = new ArrivalQueue({ queueUrl: environment.admitQueueUrl });
  const lambda = new LambdaClient({});
  const table = openTable(environment.ledgerTable);
  const now = () => new Date();
  const phases = phasesOf({
    rows: LedgerRows.open(environment.ledgerTable),
    ledger: AssetLedger.open(environment.ledgerTable),
    withdrawals: Withdrawals.open(environment.ledgerTable),
    executions: new Executions({ stateMachineArn: environment.stateMachineArn }),
    workflow: new Workflow({ stateMachineArn: environment.stateMachineArn }),
    releases: new Releases(table),
    nearDuplicates: new NearDuplicates(table),
    indexes: openIndexes(table, environment.vectorIndexEndpoint, environment.embedVersions),
    heads: originals,
    originals: new ObjectVersions({ client, bucketName: environment.originalsBucket }),
    derived: new ObjectVersions({ client, bucketName: environment.derivedBucket }),
    announce: async (object: S3Object) => queue.announce(object, { time: now() }),
    carryOn: async (assetId: string) => {
      const request: WithdrawalRequest = { action: 'prove', assetId };
      // It may wait for longer than this function lives.
      await lambda.send(
        new InvokeCommand({
          FunctionName: environment.withdrawFunction,
          InvocationType: 'Event',
          Payload: Buffer.from(JSON.stringify(request)),
        }),
      );
    },
    now,
  });
  return { phases, reports: new MediaBucket({ client, bucketName: environment.derivedBucket }) };
}
