import { z } from 'zod';

/**
 * How often a queue's message was begun and how often it was answered, by SQS's count of its receptions: what was begun
 * and never answered took its worker with it. Sets, so that a write that is sent twice counts once.
 */
export const deliveryKey = (messageId: string) => ({ pk: `DELIVERY#${messageId}`, sk: 'DELIVERY' });

const receptionsSchema = z.set(z.number().int().positive());
export const deliveryRecordSchema = z.object({
  begun: receptionsSchema,
  answered: receptionsSchema.default(new Set()),
});
export type DeliveryRecord = z.infer<typeof deliveryRecordSchema>;

/** One reception of one message. */
export interface Delivery {
  messageId: string;
  /** Counts from 1. */
  reception: number;
}
