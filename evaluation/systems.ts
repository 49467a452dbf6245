import { filtersOf } from '../lambdas/search/filters.ts';
import { isRelated } from '../lambdas/search/floor.ts';
import { fuse } from '../lambdas/search/fuse.ts';
import { rerank } from '../lambdas/search/rerank.ts';
import { type Candidate, retrieve, type SearchIndex } from '../lambdas/search/retrieve.ts';
import { Stopwatch } from '../lambdas/search/stopwatch.ts';
import { type Endpoint, understand } from '../lambdas/search/understand.ts';
import { weightsOf } from '../lambdas/search/weights.ts';

export const systemNames = ['bm25', 'vector', 'rrf', 'fused', 'fused+rerank'] as const;
export type SystemName = (typeof systemNames)[number];
/** The two retrievers by themselves, which the others must beat. */
export const singleSystems: readonly SystemName[] = ['bm25', 'vector'];

export interface Clients {
  index: SearchIndex;
  embed: Endpoint;
  entities: Endpoint;
  rerank: Endpoint;
}
export interface Answer {
  /** Ids of the index's documents, best first. */
  documentIds: string[];
  tookMilliseconds: Record<string, number>;
}

/** Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009). */
const rrfConstant = 60;

/** One query's answers by each system, through the search step's own functions. */
export async function answer(
  clients: Clients,
  text: string,
  systems: readonly SystemName[],
  now: Date,
): Promise<Partial<Record<SystemName, Answer>>> {
  const stopwatch = new Stopwatch();
  const understood = await stopwatch.time('understand', () => understand(text, clients));
  if (understood.degraded.length > 0) throw new Error(`degraded: ${JSON.stringify(understood.degraded)}`);
  const filter = filtersOf({ fusion: 'convex' } as Parameters<typeof filtersOf>[0], now);
  const { candidates } = await stopwatch.time('retrieve', () => retrieve(clients.index, understood, filter));
  const related = candidates.filter(isRelated);
  const weights = weightsOf({
    text,
    hasEntities: understood.entities.length > 0,
    isCovered: related.some(({ isCovered }) => isCovered),
    hasVector: true,
  });
  const fused = fuse(related, weights);
  const answers: Partial<Record<SystemName, Answer>> = {};
  const put = (system: SystemName, ranked: readonly Candidate[]): void => {
    answers[system] = {
      documentIds: ranked.map(({ document }) => document.documentId),
      tookMilliseconds: stopwatch.laps(),
    };
  };
  if (systems.includes('bm25')) put('bm25', byRank(candidates, 'lexicalRank'));
  if (systems.includes('vector')) put('vector', byRank(candidates, 'vectorRank'));
  if (systems.includes('rrf')) put('rrf', reciprocalRankFusion(candidates));
  if (systems.includes('fused')) put('fused', fused);
  if (systems.includes('fused+rerank')) {
    const { ranked, degraded } = await stopwatch.time('rerank', () => rerank(clients.rerank, text, fused));
    if (degraded.length > 0) throw new Error(`degraded: ${JSON.stringify(degraded)}`);
    put('fused+rerank', ranked);
  }
  return answers;
}

const byRank = (candidates: readonly Candidate[], rank: 'lexicalRank' | 'vectorRank'): Candidate[] =>
  candidates.filter((one) => one[rank] !== null).sort((a, b) => (a[rank] ?? 0) - (b[rank] ?? 0));

function reciprocalRankFusion(candidates: readonly Candidate[]): Candidate[] {
  const share = (rank: number | null): number => (rank === null ? 0 : 1 / (rrfConstant + rank));
  const score = (one: Candidate): number => share(one.lexicalRank) + share(one.vectorRank);
  return candidates.toSorted((a, b) => score(b) - score(a) || (a.document.documentId < b.document.documentId ? -1 : 1));
}
