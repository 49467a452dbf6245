import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { isGenuine } from '../../lambdas/clients/receipt.ts';
import { ReceiptKey } from '../../lambdas/clients/receipt-key.ts';
import { type Receipt, receiptPrefix, receiptSchema } from '../../lambdas/contracts/withdrawal.ts';
import { OperatedFunction } from './call-function.ts';
import { OperatorError, type Outputs, outputNamed } from './deployed.ts';
import { exitCodes } from './exit-codes.ts';
import { type Progress, progressBar } from './progress-bar.ts';
import {
  askThrough,
  liftWithdrawal,
  lookAtAssets,
  lookToLift,
  type Withdrawn,
  withdrawAssets,
  withdrawnInWords,
} from './withdraw.ts';

interface CommandSurroundings {
  outputs: () => Promise<Outputs>;
  say: (text: string) => void;
  /** The id of the asset that is named, by its id or its key. */
  assetId: (name: string) => Promise<string>;
}
interface WithdrawCommandOptions {
  reason?: string;
  by: string;
  lift?: boolean;
  dryRun?: boolean;
  json?: boolean;
  limit: string;
  receipts?: string;
}

const operator = (): string => `${userInfo().username}@${hostname()}`;

export function addWithdrawCommands(program: Command, { outputs, say, assetId }: CommandSurroundings): void {
  program
    .command('withdraw')
    .description('take assets out of every store, keep them out, and sign a receipt of it')
    .argument('<assets...>', 'ids of assets, or keys of their originals')
    .option('--reason <text>', 'why, as the receipt and whoever sends it again shall read it')
    .option('--by <name>', 'who decided it', operator())
    .option('--lift', 'let what was withdrawn come again')
    .option('--limit <minutes>', 'how long to wait for what is still under way', '60')
    .option('--receipts <folder>', 'also lay the signed receipts there')
    .option('--dry-run', 'say what lies where and change nothing')
    .option('--json', 'answer as JSON')
    .action(async (names: string[], options: WithdrawCommandOptions) => {
      const assets = [...new Set(await Promise.all(names.map(assetId)))];
      const ask = askThrough(new OperatedFunction(outputNamed(await outputs(), 'WithdrawFunctionName')));
      const progress = progressBar('withdraw', assets.length);
      const report = await work(ask, assets, options, progress).finally(() => progress.stop());
      if (options.receipts !== undefined) layReceipts(report, options.receipts);
      if (options.json) say(JSON.stringify({ assets: report }));
      else for (const line of report) say(withdrawnInWords(line));
      if (report.some(({ problem }) => problem !== undefined)) process.exitCode = exitCodes.left;
    });

  program
    .command('receipt')
    .description('receipts of withdrawals')
    .command('verify')
    .description('say whether a receipt is what the archive’s key signed')
    .argument('<receipt>', 'its file, or its key as `withdraw` has named it')
    .option('--public-key <file>', 'the key’s public half in PEM, instead of asking KMS')
    .option('--json', 'answer as JSON')
    .action(async (name: string, { publicKey, json }: { publicKey?: string; json?: boolean }) => {
      const receipt = await receiptNamed(name, outputs);
      const key =
        publicKey === undefined
          ? await new ReceiptKey({ keyId: outputNamed(await outputs(), 'ReceiptKeyArn') }).publicKey()
          : readFileSync(publicKey, 'utf8');
      const genuine = isGenuine(receipt, key);
      if (json) say(JSON.stringify({ isGenuine: genuine, statement: receipt.statement }));
      else say(receiptInWords(receipt, genuine));
      if (!genuine) process.exitCode = exitCodes.left;
    });
}

const reasonOf = ({ reason }: WithdrawCommandOptions): string => {
  if (reason === undefined || reason.trim() === '') throw new OperatorError('say why: --reason TEXT.');
  return reason;
};

type Ask = ReturnType<typeof askThrough>;

async function work(
  ask: Ask,
  assets: readonly string[],
  options: WithdrawCommandOptions,
  progress: Progress,
): Promise<Withdrawn[]> {
  if (options.dryRun && !options.lift) return lookAtAssets(ask, assets, progress);
  if (options.dryRun) return oneByOne(assets, progress, (assetId) => lookToLift(ask, assetId));
  const decision = { reason: reasonOf(options), by: options.by };
  if (options.lift) return oneByOne(assets, progress, (assetId) => liftWithdrawal(ask, assetId, decision));
  const minutes = Number(options.limit);
  if (!(minutes > 0)) throw new OperatorError(`--limit takes a number of minutes, not "${options.limit}".`);
  return withdrawAssets(ask, assets, decision, { progress, limitMilliseconds: minutes * 60_000 });
}

async function oneByOne(
  assets: readonly string[],
  progress: Progress,
  lift: (assetId: string) => Promise<Withdrawn>,
): Promise<Withdrawn[]> {
  const report: Withdrawn[] = [];
  for (const assetId of assets) {
    report.push(await lift(assetId));
    progress.set(report.length, assetId);
  }
  return report;
}

const receiptFile = ({ statement }: Receipt): string => `${statement.assetId}-${statement.act}.json`;

/** @throws OperatorError */
function layReceipts(report: readonly Withdrawn[], folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const { receipt } of report)
      if (receipt !== undefined)
        writeFileSync(path.join(folder, receiptFile(receipt)), `${JSON.stringify(receipt, undefined, 2)}\n`);
  } catch (error) {
    throw new OperatorError(`the receipts cannot be laid into ${folder}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @throws OperatorError */
async function receiptNamed(name: string, outputs: () => Promise<Outputs>): Promise<Receipt> {
  if (existsSync(name) || !name.startsWith(receiptPrefix)) return readReceipt(name);
  const bucketName = outputNamed(await outputs(), 'DerivedBucketName');
  const derived = new MediaBucket({ client: new S3Client({ forcePathStyle: true }), bucketName });
  const receipt = await derived.findJson(name, receiptSchema);
  if (receipt === undefined) throw new OperatorError(`no receipt lies at ${name} of ${bucketName}.`);
  return receipt;
}

/** @throws OperatorError */
function readReceipt(file: string): Receipt {
  try {
    return receiptSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new OperatorError(`${file} is no receipt: ${(error as Error).message}`, { cause: error });
  }
}

function receiptInWords({ statement }: Receipt, genuine: boolean): string {
  if (!genuine) return 'NOT GENUINE: the statement is not what the key signed.';
  const { act, assetId, reason, by } = statement;
  const when = statement.act === 'withdrawal' ? statement.provedAt : statement.liftedAt;
  return `Genuine: ${act} of ${assetId} at ${when} by ${by}, for this reason: ${reason}`;
}
