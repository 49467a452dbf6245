import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bulkBatches } from '../../../lambdas/clients/vector-index/batches.ts';

const documents = fc.array(fc.record({ documentId: fc.string(), text: fc.string({ maxLength: 200 }) }));

it('splits documents into requests below the limit, in order, none lost and none empty', () => {
  fc.assert(
    fc.property(documents, fc.integer({ min: 200, max: 2000 }), (all, limitBytes) => {
      const batches = [...bulkBatches(all, limitBytes)];
      expect(batches.flat()).toEqual(all);
      for (const batch of batches) {
        const bytes = batch.reduce((sum, document) => sum + Buffer.byteLength(JSON.stringify(document)), 0);
        expect(batch.length).toBeGreaterThan(0);
        if (batch.length > 1) expect(bytes).toBeLessThanOrEqual(limitBytes);
      }
    }),
  );
});

it('never puts more than 500 documents into one request', () => {
  const many = Array.from({ length: 1201 }, (_, ordinal) => ({ documentId: String(ordinal) }));
  expect([...bulkBatches(many)].map((batch) => batch.length)).toEqual([500, 500, 201]);
});
