import { S3Client } from '@aws-sdk/client-s3';
import { Command, CommanderError, Option } from 'commander';
import { AssetLedger, openTable } from '../lambdas/clients/asset-ledger.ts';
import { CaptionBudget } from '../lambdas/clients/captions/caption-budget.ts';
import { FailureQueue } from '../lambdas/clients/failure-queue.ts';
import { MediaBucket } from '../lambdas/clients/media-bucket.ts';
import { Workflow } from '../lambdas/clients/workflow.ts';
import { archiveFile } from '../lib/config/model-archives.ts';
import { packagesOf } from '../setup/model-archives.ts';
import { places } from '../setup/places.ts';
import { assetIdOf } from './wirescope/asset-named.ts';
import { redriveInWords } from './wirescope/asset-report.ts';
import { addBackfillCommand } from './wirescope/backfill-command.ts';
import { addCostsCommand } from './wirescope/costs-command.ts';
import {
  type EnvironmentName,
  environmentNames,
  OperatorError,
  type Outputs,
  outputNamed,
  outputsFromFile,
  outputsFromStacks,
  reachEnvironment,
} from './wirescope/deployed.ts';
import { addEmbargoCommand } from './wirescope/embargo-command.ts';
import { exitCodes } from './wirescope/exit-codes.ts';
import { type ExportFormat, exportFormats } from './wirescope/export-shots.ts';
import { moveUploadsBack } from './wirescope/move-uploads.ts';
import { progressBar } from './wirescope/progress-bar.ts';
import { publishModels } from './wirescope/publish-models.ts';
import { addReconcileCommand } from './wirescope/reconcile-command.ts';
import { redrive, type Selection, selectAssets } from './wirescope/redrive.ts';
import { addReembedCommands } from './wirescope/reembed-command.ts';
import { type SpendSelection, spendInWords, spendOf } from './wirescope/spend.ts';
import { addStatusCommand } from './wirescope/status-command.ts';
import { addWithdrawCommands } from './wirescope/withdraw-command.ts';
import { exportedShots, writeExport } from './wirescope/write-export.ts';

interface Where {
  environment: EnvironmentName;
  stackOutputs?: string;
}

const program = new Command('wirescope')
  .exitOverride()
  .description('The operator’s command line. It works on AWS and on the local stack alike.')
  .addOption(
    new Option('-e, --environment <name>', 'whose stacks are asked for their outputs')
      .choices(environmentNames)
      .default('local'),
  )
  .option('--stack-outputs <file>', 'outputs as `cdk deploy --outputs-file` writes them, instead of asking the stacks');

function outputsOf({ environment, stackOutputs }: Where): Promise<Outputs> | Outputs {
  reachEnvironment(environment);
  return stackOutputs === undefined ? outputsFromStacks(environment) : outputsFromFile(stackOutputs);
}

/** Of what an operator names, by its id or by the key of its original. */
const assetId = async (name: string): Promise<string> => {
  const outputs = await outputsOf(program.opts<Where>());
  return assetIdOf(name, () => ({
    ledger: AssetLedger.open(outputNamed(outputs, 'LedgerTableName')),
    originals: new MediaBucket({
      client: new S3Client({ forcePathStyle: true }),
      bucketName: outputNamed(outputs, 'OriginalsBucketName'),
    }),
  }));
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const minutes = (value: string): number => {
  const parsed = Number(value);
  if (!(parsed >= 0)) throw new OperatorError(`--stuck takes a number of minutes, not "${value}".`);
  return parsed;
};

program
  .command('redrive')
  .description('begin a new attempt of failed assets and take their messages out of the failure queue')
  .argument('[asset]', 'an asset’s id, or the key of its original')
  .option('--reason <text>', 'those that failed with this error name, or with this text in their reason')
  .option('--all', 'every failed asset')
  .option('--stuck <minutes>', 'those that have been processing without a sign of life for so long', minutes)
  .option('--uploads', 'also send the upload events that admit gave up on back to its queue')
  .option('--dry-run', 'say what would be done and change nothing')
  .option('--json', 'answer as JSON')
  .action(async (name: string | undefined, options: RedriveOptions) => {
    const outputs = await outputsOf(program.opts<Where>());
    const id = name === undefined ? undefined : await assetId(name);
    const isDryRun = options.dryRun === true;
    const uploadsMoved = options.uploads
      ? await moveUploadsBack(outputNamed(outputs, 'AdmitDeadLetterQueueUrl'), { isDryRun })
      : undefined;
    const report =
      uploadsMoved !== undefined && isNothing(id, options)
        ? { assets: [], messagesTaken: 0 }
        : await redriveAssets(outputs, { assetId: id, ...options, stuckMinutes: options.stuck }, isDryRun);
    say(options.json ? JSON.stringify({ ...report, uploadsMoved }) : redriveInWords(report, isDryRun));
    if (uploadsMoved !== undefined && !options.json)
      say(`${uploadsMoved} upload events ${isDryRun ? 'would go' : 'go'} back to the queue.`);
    if (report.assets.some(({ problem }) => problem !== undefined)) process.exitCode = exitCodes.left;
  });

interface RedriveOptions {
  reason?: string;
  all?: boolean;
  stuck?: number;
  uploads?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

const isNothing = (assetId: string | undefined, { reason, all, stuck }: RedriveOptions): boolean =>
  assetId === undefined && reason === undefined && !all && stuck === undefined;

async function redriveAssets(outputs: Outputs, selection: Selection, isDryRun: boolean) {
  const ledger = AssetLedger.open(outputNamed(outputs, 'LedgerTableName'));
  const clients = {
    ledger,
    workflow: new Workflow({ stateMachineArn: outputNamed(outputs, 'WorkflowArn') }),
    failureQueue: new FailureQueue({ queueUrl: outputNamed(outputs, 'FailureQueueUrl') }),
  };
  const assets = await selectAssets(ledger, selection);
  const progress = progressBar('redrive', assets.length);
  try {
    return await redrive(clients, assets, { isDryRun, isStuck: selection.stuckMinutes !== undefined, progress });
  } finally {
    progress.stop();
  }
}

program
  .command('spend')
  .description('say what desks have spent on captions in a day')
  .option('--desk <name>', 'one desk; without it every desk that has uploaded')
  .option('--day <yyyy-mm-dd>', 'a UTC day; without it today')
  .option('--json', 'answer as JSON')
  .action(async ({ json, ...selection }: SpendSelection & { json?: boolean }) => {
    const table = openTable(outputNamed(await outputsOf(program.opts<Where>()), 'LedgerTableName'));
    const spends = await spendOf(new AssetLedger(table), new CaptionBudget(table), selection);
    say(json ? JSON.stringify(spends) : spendInWords(spends));
  });

interface ExportOptions {
  format: ExportFormat;
  output?: string;
  unreleased?: boolean;
}

program
  .command('shots')
  .description('what the shots step found in a video')
  .command('export')
  .description('write a video’s shots for an edit suite')
  .argument('<asset>', 'an asset’s id, or the key of its original')
  .addOption(
    new Option('-f, --format <format>', 'CMX 3600, OpenTimelineIO, or a table').choices(exportFormats).default('edl'),
  )
  .option('-o, --output <file>', 'where to write it, instead of to standard output')
  .option('--unreleased', 'also of a video that is withheld or under embargo')
  .action(async (name: string, { format, output, unreleased }: ExportOptions) => {
    const outputs = await outputsOf(program.opts<Where>());
    const ledger = AssetLedger.open(outputNamed(outputs, 'LedgerTableName'));
    const [asset] = await selectAssets(ledger, { assetId: await assetId(name) });
    if (asset === undefined) return;
    const derived = new MediaBucket({
      client: new S3Client({ forcePathStyle: true }),
      bucketName: outputNamed(outputs, 'DerivedBucketName'),
    });
    const shots = exportedShots(asset, derived, { format, isUnreleasedToo: unreleased === true });
    for (const file of await writeExport(await shots, output)) say(file);
  });

program
  .command('models')
  .description('the archives that the model endpoints serve')
  .command('publish')
  .description('put the archives of an environment’s models into its models bucket')
  .option('--directory <folder>', 'where `npm run package-models` left them', places.models)
  .option('--bucket <name>', 'the models bucket; without it the storage stack is asked')
  .option('--json', 'answer as JSON')
  .action(async ({ directory, bucket, json }: { directory: string; bucket?: string; json?: boolean }) => {
    const where = program.opts<Where>();
    reachEnvironment(where.environment);
    const target = bucket ?? outputNamed(await outputsOf(where), 'ModelsBucketName');
    const s3 = new S3Client({ forcePathStyle: true });
    const published = await publishModels(
      s3,
      target,
      packagesOf(where.environment).map((model) => ({
        ...model,
        file: archiveFile(directory, model, where.environment),
      })),
    );
    if (json) say(JSON.stringify(published));
    else
      for (const { name, version, isUploaded } of published)
        say(`${name} ${version}: ${isUploaded ? 'uploaded' : 'is there already'}`);
  });

const surroundings = { outputs: async () => outputsOf(program.opts<Where>()), say, assetId };
addStatusCommand(program, surroundings);
addWithdrawCommands(program, surroundings);
addCostsCommand(program, { environment: () => program.opts<Where>().environment, say });
addReconcileCommand(program, surroundings);
addReembedCommands(program, surroundings);
addEmbargoCommand(program, surroundings);
addBackfillCommand(program, surroundings);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.notBegun;
  } else if (error instanceof OperatorError) {
    process.stderr.write(`wirescope: ${error.message}\n`);
    process.exitCode = exitCodes.notBegun;
  } else {
    process.stderr.write(`wirescope: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = exitCodes.broken;
  }
}
