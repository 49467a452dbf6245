import type { Command } from 'commander';
import { AssetLedger, openTable } from '../../lambdas/clients/asset-ledger.ts';
import { CaptionRecords } from '../../lambdas/clients/captions/caption-records.ts';
import { Withdrawals } from '../../lambdas/clients/withdrawals.ts';
import { progressOf } from '../../lambdas/contracts/progress.ts';
import type { WithdrawalRecord } from '../../lambdas/contracts/withdrawal.ts';
import { assetInWords, withdrawalInWords } from './asset-report.ts';
import { OperatorError, type Outputs, outputNamed } from './deployed.ts';

interface StatusSurroundings {
  outputs: () => Promise<Outputs>;
  say: (text: string) => void;
  /** The id of the asset that is named, by its id or its key. */
  assetId: (name: string) => Promise<string>;
}

export function addStatusCommand(program: Command, { outputs, say, assetId }: StatusSurroundings): void {
  program
    .command('status')
    .description('say where one asset stands')
    .argument('<asset>', 'an asset’s id, or the key of its original')
    .option('--json', 'answer as JSON')
    .action(async (name: string, { json }: { json?: boolean }) => {
      const id = await assetId(name);
      const table = openTable(outputNamed(await outputs(), 'LedgerTableName'));
      const [asset, withdrawal] = await Promise.all([
        new AssetLedger(table).getAsset(id),
        new Withdrawals(table).get(id),
      ]);
      const withdrawn = withdrawal && publicPart(withdrawal);
      if (asset === undefined) {
        if (withdrawal === undefined) throw new OperatorError(`the ledger has no asset ${id}.`);
        say(json ? JSON.stringify({ assetId: id, withdrawal: withdrawn }) : `${id}\n${withdrawalInWords(withdrawal)}`);
        return;
      }
      const captionsWaiting = await new CaptionRecords(table).findWaiting(id);
      const record = { ...asset, progress: progressOf(asset), captionsWaiting, withdrawal: withdrawn };
      say(json ? JSON.stringify(record) : assetInWords(asset, { waiting: captionsWaiting, withdrawal }));
    });
}

/** Without the places of the content, which are forgotten once it is gone. */
const publicPart = ({ places: _, ...record }: WithdrawalRecord): Omit<WithdrawalRecord, 'places'> => record;
