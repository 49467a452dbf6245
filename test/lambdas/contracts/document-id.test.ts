import fc from 'fast-check';
import { expect, it } from 'vitest';
import { documentId, parseDocumentId } from '../../../lambdas/contracts/document-id.ts';

it('a document’s id says whose it is, of what kind and which', () => {
  const asset = fc.stringMatching(/^[0-9a-f]{64}$/);
  fc.assert(
    fc.property(asset, fc.constantFrom('photo', 'shot', 'passage'), fc.nat(), (assetId, kind, ordinal) => {
      fc.pre(ordinal < 1e9);
      expect(parseDocumentId(documentId(assetId, kind, ordinal))).toEqual({ assetId, kind, ordinal });
    }),
  );
});

it.each(['', 'a.photo.0', `${'a'.repeat(64)}.film.0`, `${'a'.repeat(64)}.shot.x`, `${'a'.repeat(64)}.shot.0.1`])(
  'nothing is read out of %j',
  (id) => expect(parseDocumentId(id)).toBeUndefined(),
);
