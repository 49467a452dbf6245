import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Delivery, type DeliveryRecord, deliveryKey, deliveryRecordSchema } from '../../contracts/deliveries.ts';
import { type LedgerTable, reach } from './table.ts';

/** A day more than SQS keeps a message. */
const keptSeconds = 15 * 24 * 3600;

/**
 * Notes that work on a message begins.
 * @returns how many earlier receptions were begun and never answered.
 * @throws RetryableError LedgerContentionError
 */
export async function beginDelivery(table: LedgerTable, { messageId, reception }: Delivery): Promise<number> {
  const { Attributes } = await reach(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: deliveryKey(messageId),
        UpdateExpression: 'ADD begun :reception SET expiresAt = :expiresAt',
        ExpressionAttributeValues: {
          ':reception': new Set([reception]),
          ':expiresAt': Math.floor(Date.now() / 1000) + keptSeconds,
        },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  return unanswered(deliveryRecordSchema.parse(Attributes), reception);
}

/** Notes that work on a message has failed with an answer: its worker lives. @throws as `beginDelivery` */
export async function answerDelivery(table: LedgerTable, { messageId, reception }: Delivery): Promise<void> {
  await reach(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: deliveryKey(messageId),
        UpdateExpression: 'ADD answered :reception',
        ExpressionAttributeValues: { ':reception': new Set([reception]) },
      }),
    ),
  );
}

/** Receptions before this one that were begun and never answered. */
export const unanswered = ({ begun, answered }: DeliveryRecord, reception: number): number =>
  [...begun].filter((earlier) => earlier < reception && !answered.has(earlier)).length;
