import type { SearchQuery, SearchResponse } from '../contracts/api.ts';
import { unfittedModel } from '../embedding/fitted-for.ts';
import { cursorTo } from './cursor.ts';
import { cutOff, sureTotal } from './cut-off.ts';
import { type Degradation, inTime } from './deadline.ts';
import { facetsOf } from './facets.ts';
import { lines } from './fitted.ts';
import { fold, type Places } from './fold.ts';
import { type AssetGroup, groupByAsset } from './group.ts';
import { type PresignGet, presentHit } from './present.ts';
import { type Ranking, type RankingClients, rankByDocument, rankByQuery, rankNewest } from './ranking.ts';
import { deadlineMilliseconds, maxNearMisses, visibleWithinSeconds } from './settings.ts';
import { Stopwatch } from './stopwatch.ts';

export interface SearchClients extends RankingClients {
  presignGet: PresignGet;
  /** Where assets stand among near-duplicates; those that were never looked at are left out. */
  placesOf(assetIds: readonly string[]): Promise<Places>;
}

/**
 * Answers one query: retrieve, fuse, rerank, cut. A model that does not answer degrades the answer and is named in it;
 * the index is what it cannot do without.
 * @throws RetrievalError SearchIndexUnavailableError; Problem 404 for a document that nothing can be compared with
 */
export async function searchArchive(clients: SearchClients, query: SearchQuery, now: Date): Promise<SearchResponse> {
  const stopwatch = new Stopwatch();
  const ranking = await rank(clients, query, now, stopwatch);
  const off = new Set(query.off);
  const isCut = ranking.isCalibrated && !off.has('cutoff');
  const cut = stopwatch.timeNow('cut', () => {
    const groups = groupByAsset(ranking.ranked);
    return isCut ? cutOff(groups, lines) : { above: groups, below: [] };
  });
  const { above, below, degraded } = off.has('fold')
    ? { ...cut, degraded: [] }
    : await stopwatch.time('fold', () => folded(clients, cut));
  const start = (query.page - 1) * query.size;
  const present = (groups: readonly AssetGroup[]) =>
    Promise.all(
      groups.map((group) =>
        presentHit(group, {
          entities: ranking.understanding.entities,
          isRanked: ranking.isCalibrated,
          presignGet: clients.presignGet,
        }),
      ),
    );
  const [hits, nearMisses] = await stopwatch.time('present', () =>
    Promise.all([
      present(above.slice(start, start + query.size)),
      present(query.page === 1 ? below.slice(0, maxNearMisses) : []),
    ]),
  );
  const { survey, understanding, weights, models } = ranking;
  const notFittedFor = unfittedModel(models.embed);
  return {
    query: {
      ...{ text: query.q, understanding, weights: { fusion: query.fusion, ...weights }, models },
      ...(notFittedFor === undefined ? {} : { notFittedFor }),
    },
    page: query.page,
    size: query.size,
    ...(start + query.size < above.length ? { nextCursor: cursorTo(query.page + 1, query) } : {}),
    total: above.length,
    isTotalExact: ranking.isWhole,
    underFilters: survey ? { assets: survey.assets, documents: survey.documents } : null,
    candidates: ranking.ranked.length,
    hits,
    nearMisses,
    line: isCut ? lines.hit : null,
    sureTotal: isCut ? sureTotal(above, lines.answer) : above.length,
    facets: facetsOf(above),
    indexFreshness: { newestArrivedAt: survey?.newestArrivedAt ?? null, visibleWithinSeconds },
    degraded: [...ranking.degraded, ...degraded],
    tookMilliseconds: stopwatch.laps(),
  };
}

interface Cut {
  above: AssetGroup[];
  below: AssetGroup[];
}

/** Groups are read when they are asked for, so that one that changes is never written into a document. */
async function folded({ placesOf }: SearchClients, { above, below }: Cut): Promise<Cut & { degraded: Degradation[] }> {
  const assetIds = [...above, ...below].map(({ assetId }) => assetId);
  const places = await inTime(
    'groups',
    'Near-duplicates are known by their words alone',
    deadlineMilliseconds.groups,
    () => placesOf(assetIds),
  );
  return { above: fold(above, places.value), below: fold(below, places.value), degraded: places.degraded };
}

function rank(clients: SearchClients, query: SearchQuery, now: Date, stopwatch: Stopwatch): Promise<Ranking> {
  if (query.similar !== undefined) return rankByDocument(clients, query, query.similar, now, stopwatch);
  return query.q === '' ? rankNewest(clients, query, now, stopwatch) : rankByQuery(clients, query, now, stopwatch);
}
