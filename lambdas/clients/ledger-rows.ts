import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { ledgerKeys } from '../contracts/ledger.ts';
import { getAll, type LedgerItem, type LedgerTable, reach } from './asset-ledger/table.ts';

/** Items that one page reads; some are looked up one by one, so that a page ends within seconds. */
const rowsPerPage = 200;

/** The ledger as a heap of rows, for those who must see them all. */
export class LedgerRows {
  readonly #table: LedgerTable;

  constructor({ client, tableName }: LedgerTable) {
    this.#table = { client, tableName };
  }

  /** The table in this name, reached by the environment's own credentials and endpoint. */
  static open(tableName: string): LedgerRows {
    return new LedgerRows({ client: DynamoDBDocumentClient.from(new DynamoDBClient({})), tableName });
  }

  /** Some rows in no order, and where to go on; no `cursor` at the end. */
  async page(cursor: string | undefined): Promise<{ rows: LedgerItem[]; cursor?: string | undefined }> {
    const { Items = [], LastEvaluatedKey } = await reach(
      this.#table.client.send(
        new ScanCommand({
          TableName: this.#table.tableName,
          Limit: rowsPerPage,
          ...(cursor === undefined ? {} : { ExclusiveStartKey: JSON.parse(cursor) as LedgerItem }),
        }),
      ),
    );
    return { rows: Items, cursor: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey) };
  }

  /** Those of the ids that an upload has. */
  async uploadsKnown(uploadIds: readonly string[]): Promise<Set<string>> {
    const found = await getAll(this.#table, [...new Set(uploadIds)].map(ledgerKeys.upload));
    return new Set(found.map(({ uploadId }) => String(uploadId)));
  }

  /** Takes an upload's record away, so that its arrival may be admitted once more. */
  async forgetUpload(uploadId: string): Promise<void> {
    await reach(
      this.#table.client.send(
        new DeleteCommand({ TableName: this.#table.tableName, Key: ledgerKeys.upload(uploadId) }),
      ),
    );
  }
}
