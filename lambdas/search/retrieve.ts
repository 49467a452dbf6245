import type { FoundDocument, StoredDocument, VectorIndex } from '../clients/vector-index.ts';
import { entityLabelSchema } from '../contracts/models.ts';
import type { Clause } from './filters.ts';
import type { Candidate } from './fuse.ts';
import type { Understanding } from './understand.ts';

/** Fields by how much a word in them says about the whole document. */
const weightedFields = ['title^3', 'text^2', 'entityNames^2', 'people^2', 'place^2', 'keywords^1.5', 'context'];
const nameBoost = 2;

export interface Retrieved {
  candidates: Candidate[];
  documents: Map<string, StoredDocument>;
  /** False where a retriever's list was full, so that more may lie beyond it. */
  isWhole: boolean;
}

function lexicalQuery({ text, entities }: Understanding, filter: readonly Clause[]): Clause {
  return {
    bool: {
      // One query over all fields as if they were one: a name in the title and a place in the caption both count.
      must: [{ multi_match: { query: text, type: 'cross_fields', fields: weightedFields, tie_breaker: 0.3 } }],
      should: entities.map(({ key }) => ({
        constant_score: {
          filter: { terms: { entityKeys: entityLabelSchema.options.map((label) => `${label}:${key}`) } },
          boost: nameBoost,
        },
      })),
      filter,
    },
  };
}

const vectorQuery = (vector: readonly number[], k: number, filter: readonly Clause[]): Clause => ({
  knn: { vector: { vector, k, filter: { bool: { filter } } } },
});

/** OpenSearch scores cosine similarity as (1 + cosine) / 2. */
const cosineOf = (score: number): number => 2 * score - 1;

/** Copies of one document, made by a crash between write and confirmation, count once: the newest attempt's first. */
export function withoutDoubles(found: readonly FoundDocument[]): FoundDocument[] {
  const best = new Map<string, FoundDocument>();
  for (const hit of found) {
    const other = best.get(hit.document.documentId);
    if (!other || hit.document.attempt > other.document.attempt) best.set(hit.document.documentId, hit);
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}

/**
 * Both retrievers side by side under the same filters; then each is asked for its score of what only the other found,
 * so that a document is never judged by a zero that nobody measured.
 * @param depth documents that each retriever lists
 * @throws RetryableError SearchIndexUnavailableError
 */
export async function retrieve(
  index: VectorIndex,
  understanding: Understanding,
  filter: readonly Clause[],
  depth: number,
): Promise<Retrieved> {
  const { vector } = understanding;
  const nothing = { total: 0, found: [] as FoundDocument[] };
  const [lexical, semantic] = await Promise.all([
    index.search({ query: lexicalQuery(understanding, filter), size: depth }),
    vector ? index.search({ query: vectorQuery(vector, depth, filter), size: depth }) : nothing,
  ]);
  const byWords = withoutDoubles(lexical.found);
  const byMeaning = withoutDoubles(semantic.found);
  const wordIds = new Set(byWords.map(({ document }) => document.documentId));
  const meaningIds = new Set(byMeaning.map(({ document }) => document.documentId));
  const withoutCosine = vector ? [...wordIds].filter((id) => !meaningIds.has(id)) : [];
  const withoutWords = [...meaningIds].filter((id) => !wordIds.has(id));
  const only = (ids: readonly string[]): Clause[] => [...filter, { terms: { documentId: ids } }];
  const [cosines, words] = await Promise.all([
    vector && withoutCosine.length > 0
      ? index.search({
          query: vectorQuery(vector, withoutCosine.length * 2, only(withoutCosine)),
          size: withoutCosine.length * 2,
        })
      : nothing,
    // Where the lexical list was not full, whatever is missing from it has no word in common.
    withoutWords.length > 0 && lexical.found.length >= depth
      ? index.search({ query: lexicalQuery(understanding, only(withoutWords)), size: withoutWords.length * 2 })
      : nothing,
  ]);
  const scoreById = (found: readonly FoundDocument[]): Map<string, number> =>
    new Map(withoutDoubles(found).map(({ document, score }) => [document.documentId, score]));
  const lexicalScores = scoreById([...byWords, ...words.found]);
  const vectorScores = scoreById([...byMeaning, ...cosines.found]);
  const lexicalRanks = new Map(byWords.map(({ document }, position) => [document.documentId, position + 1]));
  const vectorRanks = new Map(byMeaning.map(({ document }, position) => [document.documentId, position + 1]));
  const documents = new Map([...byMeaning, ...byWords].map(({ document }) => [document.documentId, document]));
  const candidates = [...documents.keys()].map((documentId) => {
    const score = vectorScores.get(documentId);
    return {
      documentId,
      lexicalScore: lexicalScores.get(documentId) ?? 0,
      lexicalRank: lexicalRanks.get(documentId) ?? null,
      cosine: score === undefined ? null : cosineOf(score),
      vectorRank: vectorRanks.get(documentId) ?? null,
    };
  });
  return { candidates, documents, isWhole: lexical.found.length < depth && semantic.found.length < depth };
}

/** The newest documents under the filters: what an empty query asks for. */
export async function newest(index: VectorIndex, filter: readonly Clause[], depth: number): Promise<Retrieved> {
  const { found, total } = await index.search({
    query: { bool: { filter } },
    size: depth,
    sort: [{ arrivedAt: 'desc' }, { documentId: 'asc' }],
    track_total_hits: true,
  });
  const documents = new Map<string, StoredDocument>();
  for (const { document } of found) {
    const other = documents.get(document.documentId);
    if (!other || document.attempt > other.attempt) documents.set(document.documentId, document);
  }
  const candidates = [...documents.keys()].map((documentId) => ({
    documentId,
    lexicalScore: 0,
    lexicalRank: null,
    cosine: null,
    vectorRank: null,
  }));
  return { candidates, documents, isWhole: total <= found.length };
}
