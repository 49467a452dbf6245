import type { SearchSwitch } from '../lambdas/contracts/api.ts';
import { cutOff } from '../lambdas/search/cut-off.ts';
import { lines } from '../lambdas/search/fitted.ts';
import { groupByAsset } from '../lambdas/search/group.ts';
import { parseQuery } from '../lambdas/search/parse-query.ts';
import { type RankingClients, rankByQuery } from '../lambdas/search/ranking.ts';
import type { Ranked } from '../lambdas/search/rerank.ts';
import { Stopwatch } from '../lambdas/search/stopwatch.ts';

/** What the search is asked with; every switch is one that a request of the API may carry. */
interface System {
  off: readonly SearchSwitch[];
  fusion?: 'even' | 'rrf';
  /** Whether the list ends at the line, as a reader sees it. */
  isCut?: true;
}

const readings: readonly SearchSwitch[] = [
  ...(['entities', 'dictionary', 'aliases', 'spelling'] as const),
  ...(['phrases', 'exclusions', 'types', 'dates'] as const),
];

/**
 * The retrievers by themselves, once with the query taken as it was typed and once with it read as the product reads it,
 * what fusing and reranking make of them, and what a reader gets of that.
 */
const systems = {
  'bm25-plain': { off: ['vector', 'rerank', ...readings] },
  'vector-plain': { off: ['lexical', 'rerank', ...readings] },
  bm25: { off: ['vector', 'rerank'] },
  vector: { off: ['lexical', 'rerank'] },
  rrf: { off: ['rerank'], fusion: 'rrf' },
  even: { off: ['rerank'], fusion: 'even' },
  fused: { off: ['rerank'] },
  'fused+rerank': { off: [] },
  answered: { off: [], isCut: true },
} as const satisfies Record<string, System>;
export type SystemName = keyof typeof systems;
export const systemNames = Object.keys(systems) as SystemName[];

/** The two retrievers by themselves, which the others must beat: read alike, so that only the ranking differs. */
export const singleSystems: readonly SystemName[] = ['bm25', 'vector'];

export interface Answer {
  /** Ids of the index's documents, best first. */
  documentIds: string[];
  tookMilliseconds: Record<string, number>;
}

/** A part did not answer in time, so that the ranking says nothing of the system. */
export class DegradedError extends Error {
  override readonly name = 'DegradedError';
}

/** The API takes no longer query. */
const maxQueryCharacters = 512;

/**
 * One query's answers by each system: the search step's own ranking of documents, before it groups them by asset.
 * Systems that send the same request share its answer.
 * @throws DegradedError
 */
export async function answers(
  clients: RankingClients,
  text: string,
  wanted: readonly SystemName[],
  now: Date,
): Promise<Map<SystemName, Answer>> {
  const rankings = new Map<string, { ranked: Ranked[]; tookMilliseconds: Record<string, number> }>();
  const given = new Map<SystemName, Answer>();
  for (const name of wanted) {
    const { off, fusion, isCut }: System = systems[name];
    const key = JSON.stringify([off, fusion]);
    const { ranked, tookMilliseconds } = rankings.get(key) ?? (await rank(clients, text, systems[name], now));
    rankings.set(key, { ranked, tookMilliseconds });
    const shown = isCut ? aboveTheLine(ranked) : ranked;
    given.set(name, { documentIds: shown.map(({ document }) => document.documentId), tookMilliseconds });
  }
  return given;
}

async function rank(clients: RankingClients, text: string, { off, fusion }: System, now: Date) {
  const query = parseQuery({
    q: shortened(text),
    ...(off.length === 0 ? {} : { off: off.join(',') }),
    ...(fusion === undefined ? {} : { fusion }),
  });
  const stopwatch = new Stopwatch();
  const { ranked, degraded } = await rankByQuery(clients, query, now, stopwatch);
  if (degraded.length > 0) throw new DegradedError(degraded.map(({ part, reason }) => `${part}: ${reason}`).join('; '));
  return { ranked, tookMilliseconds: stopwatch.laps() };
}

/** The documents of those assets that the product shows, in the order of the ranking. */
function aboveTheLine(ranked: readonly Ranked[]): Ranked[] {
  const shown = new Set(cutOff(groupByAsset(ranked), lines).above.map(({ assetId }) => assetId));
  return ranked.filter(({ document }) => shown.has(document.assetId));
}

/** Cut between words. */
function shortened(text: string): string {
  if (text.length <= maxQueryCharacters) return text;
  const cut = text.slice(0, maxQueryCharacters);
  return cut.slice(0, Math.max(cut.lastIndexOf(' '), 1));
}
