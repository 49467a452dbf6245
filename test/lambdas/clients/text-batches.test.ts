import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textBatches } from '../../../lambdas/clients/text-batches.ts';

describe('texts for one request after another', () => {
  it('keep their order, and are no more and no longer together than a request may hold', () => {
    const lengths = fc.array(fc.oneof(fc.nat(200), fc.nat(12_000)), { maxLength: 80 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 64 }), (sizes, textsPerRequest) => {
        const texts = sizes.map((length, at) => String(at % 10).repeat(length));
        const batches = textBatches(texts, textsPerRequest);
        expect(batches.flat()).toEqual(texts);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(textsPerRequest);
          expect(batch.length === 1 || batch.join('').length <= 10_000).toBe(true);
        }
      }),
    );
  });

  it('share a request as long as they fit in it', () => {
    const lengths = [90_000, 1, 4_000, 5_999, 1, ...Array<number>(40).fill(7), 9_950];
    const texts = lengths.map((length) => 'a'.repeat(length));
    expect(textBatches(texts, 32).map((batch) => batch.length)).toEqual([1, 3, 32, 9, 1]);
  });
});
