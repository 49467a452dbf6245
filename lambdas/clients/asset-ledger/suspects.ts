import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ledgerKeys } from '../../contracts/ledger.ts';
import { fieldsAre } from './conditions.ts';
import { holds, instantNow, type LedgerTable, reach } from './table.ts';
import { unsettledKeys } from './unsettled.ts';

/**
 * Writes down that the index may hold copies of this asset's documents that nobody owns, so that the sweeper looks. A
 * suspicion that is raised again is looked into for as long as a new one.
 */
export async function suspectDoubles(table: LedgerTable, assetId: string): Promise<void> {
  const since = instantNow();
  await reach(
    table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { ...ledgerKeys.suspect(assetId), since, ...unsettledKeys(assetId, 'suspect', since) },
      }),
    ),
  );
}

/** Ends a suspicion. @returns false where it was raised anew since: that one stays. */
export async function clearSuspect(
  table: LedgerTable,
  { assetId, since }: { assetId: string; since: string },
): Promise<boolean> {
  return holds(
    table.client.send(
      new DeleteCommand({
        TableName: table.tableName,
        Key: ledgerKeys.suspect(assetId),
        ...fieldsAre({ since }),
      }),
    ),
  );
}
