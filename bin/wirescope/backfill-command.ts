import { createInterface } from 'node:readline/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { ArrivalQueue } from '../../lambdas/clients/arrival-queue.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { LedgerRows } from '../../lambdas/clients/ledger-rows.ts';
import { endInWords, isComplete, runBackfill } from './backfill.ts';
import { type BackfillEstimate, estimateBackfill, estimateInWords, recentSeconds } from './backfill-estimate.ts';
import { objectsOf, type SourceBuckets, sourceOf } from './backfill-source.ts';
import { OperatorError, type Outputs, outputNamed } from './deployed.ts';
import { deployedSettings } from './deployed-settings.ts';
import { exitCodes } from './exit-codes.ts';
import { progressBar } from './progress-bar.ts';

interface BackfillOptions {
  prefix?: string;
  inventory?: string;
  yes?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

export function addBackfillCommand(
  program: Command,
  { outputs, say }: { outputs: () => Promise<Outputs>; say: (text: string) => void },
): void {
  program
    .command('backfill')
    .description('take in what lies in the bucket, as fast as live uploads leave room; begun again it goes on')
    .option('--prefix <prefix>', 'objects below it, backfill/DESK/ or deeper')
    .option('--inventory <key>', 'the manifest of an S3 Inventory in CSV, below inventory/ of the derived bucket')
    .option('--yes', 'begin without asking')
    .option('--dry-run', 'say what it would be, and change nothing')
    .option('--json', 'answer as JSON')
    .action(async ({ yes, dryRun, json, ...asked }: BackfillOptions) => {
      const source = sourceOf(asked);
      const out = await outputs();
      const buckets = {
        s3: new S3Client({ forcePathStyle: true }),
        originals: outputNamed(out, 'OriginalsBucketName'),
        derived: outputNamed(out, 'DerivedBucketName'),
      };
      const estimate = await estimated(buckets, out, objectsOf(buckets, source));
      if (dryRun)
        return say(json ? JSON.stringify({ estimate }) : `${estimateInWords(estimate)}\nNothing was changed.`);
      if (!json || !yes) process.stderr.write(`${estimateInWords(estimate)}\n`);
      if (!yes && !(await isWanted())) throw new OperatorError('nothing was begun.');
      const progress = progressBar('backfill', estimate.objects);
      try {
        const clients = {
          sfn: new SFNClient({}),
          stateMachineArn: outputNamed(out, 'BackfillArn'),
          queue: new ArrivalQueue({ queueUrl: outputNamed(out, 'BackfillQueueUrl') }),
        };
        const end = await runBackfill(clients, source, { progress, total: estimate.objects });
        say(json ? JSON.stringify({ estimate, ...end }) : endInWords(end));
        if (!isComplete(end)) process.exitCode = exitCodes.left;
      } finally {
        progress.stop();
      }
    });
}

async function estimated(
  buckets: SourceBuckets,
  outputs: Outputs,
  pages: ReturnType<typeof objectsOf>,
): Promise<BackfillEstimate> {
  const { captions, backfillExecutions } = await deployedSettings(outputs);
  const tableName = outputNamed(outputs, 'LedgerTableName');
  const progress = progressBar('counting');
  try {
    return await estimateBackfill(
      {
        rows: LedgerRows.open(tableName),
        originalsBucket: buckets.originals,
        captions,
        secondsByKind: await recentSeconds(AssetLedger.open(tableName), new Date()),
        workflows: backfillExecutions,
      },
      pages,
      (objects) => progress.set(objects, 'objects'),
    );
  } finally {
    progress.stop();
  }
}

/** @throws OperatorError where there is nobody to ask. */
async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new OperatorError('nobody can be asked here: say --yes to begin.');
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await line.question('Begin? [y/N] ')).trim());
  } finally {
    line.close();
  }
}
