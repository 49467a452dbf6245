import fc from 'fast-check';
import type { StoredDocument } from '../../../lambdas/clients/vector-index.ts';
import { stemOf } from '../../../lambdas/search/analysis.ts';
import type { Candidate } from '../../../lambdas/search/candidate.ts';
import { RelatedWords } from '../../../lambdas/search/related-words.ts';
import { sampleDocument } from '../../integration/search/sample-documents.ts';

export function storedDocument(documentId: string, options: Partial<StoredDocument> = {}): StoredDocument {
  const { vector: _, ...document } = sampleDocument(documentId, 'A text.');
  const write = { contentSha256: 'a'.repeat(64), writtenAt: '2026-05-01T10:00:00Z' };
  return { ...document, documentId, ...write, ...options };
}

export const candidate = (documentId: string, scores: Partial<Candidate> = {}): Candidate => ({
  document: storedDocument(documentId),
  lexicalScore: 0,
  lexicalRank: null,
  vectorRank: null,
  coverage: 0,
  confidence: 0,
  words: {},
  held: new Set(),
  ...scores,
});

/** Candidates of one query, each document once; cosines are there for all or for none. */
export const anyCandidates = fc
  .tuple(
    fc.boolean(),
    fc.uniqueArray(
      fc.record({
        documentId: fc.string({ minLength: 1, maxLength: 6 }),
        lexicalScore: fc.double({ min: 0, max: 40, noNaN: true }),
        cosine: fc.double({ min: -1, max: 1, noNaN: true }),
      }),
      { selector: ({ documentId }) => documentId, minLength: 1, maxLength: 25 },
    ),
  )
  .map(([hasVector, all]) =>
    all.map(({ documentId, lexicalScore, cosine }) =>
      candidate(documentId, { lexicalScore, ...(hasVector ? { cosine } : {}) }),
    ),
  );

export const anyWeights = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((vector) => ({ vector, lexical: 1 - vector, reasons: [] }));

/** Words that imply the asked one, by that, words of names, and which of these everybody knows for places. */
export function relatedWordsOf(
  implying: Readonly<Record<string, readonly string[]>>,
  names: readonly string[] = [],
  { places = [], cities = [] }: { places?: readonly string[]; cities?: readonly string[] } = {},
): RelatedWords {
  const stems = [...new Set(Object.entries(implying).flat(2))].map(stemOf);
  const senses = stems.map((): number[] => []);
  for (const [sense, [asked, others]] of Object.entries(implying).entries())
    for (const word of [asked, ...others]) senses[stems.indexOf(stemOf(word))]?.push(sense);
  const wellKnown = [...places, ...cities.map((city) => city.split(' ')[0] ?? '')];
  return new RelatedWords({
    source: 'written for a test',
    stems: stems.join(' '),
    senses,
    derived: stems.map(() => []),
    broader: Object.keys(implying).map(() => []),
    names: [...names, ...wellKnown].join(' '),
    wellKnown: { places: wellKnown, cities, adjectives: [] },
  });
}
