import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import {
  type AssetRecord,
  assetRecordSchema,
  type UploadRecord,
  uploadRecordSchema,
} from '../../lambdas/contracts/ledger.ts';

export interface LedgerView {
  assets: AssetRecord[];
  uploads: UploadRecord[];
}

/** The whole ledger. Fit for one machine's demo and tests; against AWS the page's and operators' queries are used. */
export async function readLedger(client: DynamoDBDocumentClient, tableName: string): Promise<LedgerView> {
  const view: LedgerView = { assets: [], uploads: [] };
  const ofAssetsAndUploads = {
    FilterExpression: 'sk IN (:asset, :upload)',
    ExpressionAttributeValues: { ':asset': 'ASSET', ':upload': 'UPLOAD' },
  };
  for await (const page of paginateScan(
    { client },
    { TableName: tableName, ConsistentRead: true, ...ofAssetsAndUploads },
  )) {
    for (const item of page.Items ?? []) {
      if (item['sk'] === 'ASSET' && String(item['pk']).startsWith('ASSET#'))
        view.assets.push(assetRecordSchema.parse(item));
      if (item['sk'] === 'UPLOAD') view.uploads.push(uploadRecordSchema.parse(item));
    }
  }
  return view;
}
