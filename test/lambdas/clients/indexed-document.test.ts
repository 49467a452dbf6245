import fc from 'fast-check';
import { expect, it } from 'vitest';
import { displayedDocument, writtenDocument } from '../../../lambdas/clients/vector-index/indexed-document.ts';
import { indexedDocument } from '../../../lambdas/clients/vector-index.ts';
import { sampleDocument } from '../../integration/search/sample-documents.ts';

const write = { contentSha256: 'a'.repeat(64), writtenAt: '2026-05-01T10:00:00Z' };

it('is shown as it was written, without its vector', () => {
  const { vector: _, ...document } = sampleDocument('Harbour', 'Boats “leave”\nthe harbour.');
  const { display } = writtenDocument(indexedDocument({ ...document, vector: [1, 0] }, write));
  expect(displayedDocument(String(display))).toEqual({ ...document, ...write });
});

it('is sent with the very vector, in half as many digits', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 20 }), (vector) => {
      const { vector: sent } = writtenDocument(indexedDocument({ ...sampleDocument('A', 'A.'), vector }, write));
      const read = JSON.parse(JSON.stringify(sent)) as number[];
      expect(read.map((value) => Math.fround(value) || 0)).toEqual(vector.map((value) => value || 0));
      expect(Math.max(0, ...read.map((value) => String(value).replace(/^-|e.*$/g, '').length))).toBeLessThanOrEqual(17);
    }),
  );
});
