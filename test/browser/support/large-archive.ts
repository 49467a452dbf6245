import type { Page } from 'playwright-core';
import type { Hit, Match, SearchResponse } from '../../../lambdas/contracts/search.ts';

/** An archive of thousands of assets, of which no local system holds as many: it answers searches in the API's place. */
export interface LargeArchive {
  total: number;
  /** A picture for every hit, as an address that the page may load. */
  thumbnailUrl: string;
  nearMisses?: number;
  /** How many of the hits would be answers alone; all where it is not said. */
  sureTotal?: number;
  degraded?: SearchResponse['degraded'];
  chips?: SearchResponse['query']['understanding']['chips'];
  /** In place of the made-up headlines and captions, with what the index found of the query in the caption. */
  words?: { title: string; text: string; found: string[] };
}

const headlines = [
  'Rain over the harbour as the night ferry leaves',
  'Minister walks out of the budget talks',
  'Fans wait for the cup final in the old town',
  'Flood water reaches the market square',
  'A violinist plays on the empty bridge',
  'Rescue dogs search the collapsed hall',
];
const kinds = ['photo', 'photo', 'photo', 'video', 'photo', 'photo', 'photo', 'photo', 'story'] as const;
const documentKinds = { photo: 'photo', video: 'shot', story: 'passage' } as const;

function matchOf(
  kind: Hit['assetKind'],
  assetId: string,
  ordinal: number,
  { thumbnailUrl, words }: LargeArchive,
): Match {
  const rank = ordinal + 1;
  return {
    documentId: `${assetId}.${documentKinds[kind]}.${ordinal}`,
    assetId,
    kind: documentKinds[kind],
    text:
      words?.text ??
      `Dockers in yellow coats carry ropes through the rain; cranes stand in the fog behind them (${rank}).`,
    provenance: ordinal === 2 ? 'generated' : 'embedded',
    entities: [{ text: 'Hamburg', label: 'LOC', key: 'hamburg' }],
    ...(kind === 'video'
      ? {
          shot: {
            index: ordinal,
            startFrame: ordinal * 100,
            endFrame: ordinal * 100 + 99,
            startSeconds: ordinal * 4,
            endSeconds: ordinal * 4 + 4,
            startTimecode: `10:00:${String(ordinal * 4).padStart(2, '0')}:00`,
            endTimecode: `10:00:${String(ordinal * 4 + 3).padStart(2, '0')}:24`,
          },
        }
      : {}),
    ...(kind === 'story' ? {} : { thumbnailUrl }),
    score: 0.8,
    explanation: {
      lexicalRank: rank,
      lexicalScore: 9.1,
      vectorRank: rank + 2,
      vectorScore: 0.52,
      fusedScore: 0.7,
      fusedRank: rank,
      rerankScore: 0.4,
      rerankRank: rank,
      finalRank: rank,
      words: { text: words?.found ?? ['rain'], title: ['harbour'] },
      matchedEntities: ['Hamburg'],
      missing: ['ferry'],
    },
  };
}

function hitOf(number: number, archive: LargeArchive): Hit {
  const assetKind = kinds[number % kinds.length] ?? 'photo';
  const assetId = number.toString(16).padStart(64, '0');
  const matches = Array.from({ length: assetKind === 'photo' ? 1 : 4 }, (_, ordinal) =>
    matchOf(assetKind, assetId, ordinal, archive),
  );
  return {
    assetId,
    assetKind,
    title: archive.words?.title ?? `${headlines[number % headlines.length]} ${number + 1}`,
    desk: 'world',
    createdAt: new Date(Date.UTC(2024, 2, 1) - number * 3_600_000).toISOString(),
    arrivedAt: '2026-01-01T00:00:00.000Z',
    place: 'Hamburg, Germany',
    rights: { withheld: false, credit: 'Wirescope', ...(number % 7 === 0 ? { usageTerms: 'Editorial use only' } : {}) },
    ...(assetKind === 'story' ? {} : { thumbnailUrl: archive.thumbnailUrl }),
    score: 0.8,
    confidence: 0.9,
    matches,
    matchCount: assetKind === 'video' ? 12 : matches.length,
    folded: { count: number % 5 === 0 ? 2 : 0, assetIds: number % 5 === 0 ? ['e'.repeat(64), 'f'.repeat(64)] : [] },
  };
}

function answerFrom(archive: LargeArchive, parameters: URLSearchParams): SearchResponse {
  const isCompared = parameters.has('similar');
  const size = Number(parameters.get('size') ?? 20);
  const start = Number(parameters.get('cursor') ?? 0);
  const text = parameters.get('q') ?? '';
  const end = Math.min(archive.total, start + size);
  return {
    query: {
      text,
      understanding: {
        chips: archive.chips ?? [],
        entities: [],
        lexicalText: text,
        vectorText: text,
        phrases: [],
        exclusions: [],
        filters: {},
      },
      weights: {
        fusion: 'convex',
        ...(isCompared ? { lexical: 0, vector: 1 } : { lexical: 0.4, vector: 0.6 }),
        reasons: [],
      },
      models: {},
    },
    page: start / size + 1,
    size,
    ...(end < archive.total ? { nextCursor: String(end) } : {}),
    total: archive.total,
    isTotalExact: true,
    underFilters: { assets: archive.total + 1200, documents: archive.total * 3 },
    candidates: archive.total,
    hits: Array.from({ length: end - start }, (_, position) => hitOf(start + position, archive)),
    nearMisses:
      start === 0
        ? Array.from({ length: archive.nearMisses ?? 0 }, (_, position) => hitOf(100_000 + position, archive))
        : [],
    line: 0.4,
    sureTotal: archive.sureTotal ?? archive.total,
    facets: {
      types: { photo: 1200, video: 300, story: 400 },
      desks: { world: archive.total },
      entities: [
        { text: 'Hamburg', label: 'LOC', key: 'hamburg', count: 812 },
        { text: 'Angela Merkel', label: 'PER', key: 'angela merkel', count: 91 },
      ],
    },
    indexFreshness: { newestArrivedAt: '2026-01-01T00:00:00.000Z', visibleWithinSeconds: 60 },
    degraded: archive.degraded ?? [],
    tookMilliseconds: { total: 12 },
  };
}

/** Has the page's searches answered by a large archive until the page is closed. */
export async function answerSearches(page: Page, archive: LargeArchive): Promise<void> {
  await page.route(
    (url) => /\/search$/.test(url.pathname),
    (route) =>
      route.request().method() === 'GET'
        ? route.fulfill({
            json: answerFrom(archive, new URL(route.request().url()).searchParams),
            headers: { 'access-control-allow-origin': '*' },
          })
        : route.continue(),
  );
}
