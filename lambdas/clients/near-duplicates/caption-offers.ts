import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type LikenessRecord, nearDuplicateKeys } from '../../contracts/near-duplicates.ts';
import { holds, type LedgerTable, reach } from '../asset-ledger/table.ts';

/** A document that a caption may show as well. */
export type OfferedTo = Pick<LikenessRecord, 'assetId' | 'documentId'>;

/**
 * Notes at near-duplicates which caption is about to be asked for. A document finds those that were there when it
 * looked; by the note it knows of one that came later, before it pays for a caption of its own. A likeness that is
 * written anew loses its notes: whoever writes it looks again, and finds the other itself.
 * A document that was withdrawn meanwhile gets no row.
 */
export async function offerCaption(
  { client, tableName }: LedgerTable,
  to: readonly OfferedTo[],
  captionKey: string,
): Promise<void> {
  await Promise.all(
    to.map(({ assetId, documentId }) =>
      holds(
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: nearDuplicateKeys.likeness(assetId, documentId),
            UpdateExpression: 'ADD captionOffers :offered',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':offered': new Set([captionKey]) },
          }),
        ),
      ),
    ),
  );
}

/** Captions that near-duplicates have noted at a document (a consistent read). */
export async function captionsOffered(
  { client, tableName }: LedgerTable,
  { assetId, documentId }: OfferedTo,
): Promise<string[]> {
  const { Item } = await reach(
    client.send(
      new GetCommand({
        TableName: tableName,
        Key: nearDuplicateKeys.likeness(assetId, documentId),
        ProjectionExpression: 'captionOffers',
        ConsistentRead: true,
      }),
    ),
  );
  return [...((Item?.['captionOffers'] as Set<string> | undefined) ?? [])];
}
