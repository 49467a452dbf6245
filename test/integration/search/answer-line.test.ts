import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillIndex } from '../../../evaluation/archive/filled-index.ts';
import type { CollectionDocument } from '../../../evaluation/collection/beir.ts';
import { describe as described } from '../../../evaluation/collection/descriptions.ts';
import { keepingLateAnswers } from '../../../evaluation/models/patient-endpoint.ts';
import { Enricher, startModel } from '../../../evaluation/models/served.ts';
import { parseQuery } from '../../../lambdas/search/parse-query.ts';
import { queryReader } from '../../../lambdas/search/query/read-query.ts';
import { loadedRelatedWords } from '../../../lambdas/search/related-words.ts';
import { type SearchClients, searchArchive } from '../../../lambdas/search/search-archive.ts';
import { places } from '../../../setup/places.ts';

const video = (asset: string, title: string, ...shots: string[]): CollectionDocument[] =>
  shots.map((text, at) => ({ _id: `${asset}-${at}`, title, text, metadata: { kind: 'shot', asset } }));

/** The models themselves decide here: shots of cars and bicycles never say `traffic`. */
const documents: CollectionDocument[] = [
  ...video(
    'crowded-city',
    'Bicycles and cars share a crowded city',
    'Top shot of a white coach passing below the camera, red car at upper right',
    'Rear of black cab in the foreground, lorry and car rush past, cyclist in helmet waits at the kerb',
    'Wide of a boulevard seen through iron railings, lone bicycle chained to them, cars passing between old houses',
  ),
  ...video('rabbit', 'Clip from an animated film', 'Big grey rabbit crawls out of his burrow and stretches'),
  ...video('towers', 'Office towers light up the night', 'Low angle time-lapse of three glass skyscrapers'),
  {
    _id: 'lanes',
    title: 'Antwerp to divide bicycles from traffic at nine junctions',
    text: 'The city will keep bicycles and traffic apart at nine junctions, the alderman said.',
  },
];

const stops: (() => Promise<void>)[] = [];
let clients: SearchClients;

beforeAll(async () => {
  const rerank = startModel('rerank', 1);
  const enricher = await Enricher.start(1);
  stops.push(
    () => rerank.stop(),
    () => enricher.stop(),
  );
  const { index, node, vocabulary } = await fillIndex({
    descriptions: documents.flatMap(described),
    enricher,
    isNamed: true,
  });
  stops.push(() => node.stop());
  const relatedWords = loadedRelatedWords(places.relatedWords);
  clients = {
    index,
    read: queryReader({ vocabulary: async () => vocabulary, zone: 'UTC', knownNames: relatedWords }),
    embed: keepingLateAnswers(enricher.embed),
    entities: keepingLateAnswers(enricher.entities),
    rerank: keepingLateAnswers(rerank),
    relatedWords,
    placesOf: async () => new Map(),
    presignGet: async (key) => `https://derived.invalid/${key}`,
  };
});
afterAll(() => Promise.all(stops.map((stop) => stop())));

/** Asked again while a model is late, so that a busy machine decides nothing. */
async function titles(q: string, more: Record<string, string> = {}): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const { hits, degraded } = await searchArchive(clients, parseQuery({ q, ...more }), new Date());
    if (degraded.length === 0) return hits.map(({ title }) => title);
    if (attempt === 20) throw new Error(degraded.map(({ reason }) => reason).join('; '));
  }
}
const crowdedCity = 'Bicycles and cars share a crowded city';

it('finds a video by one word that its shots mean and do not say, though only another kind says it', async () => {
  expect((await titles('traffic')).toSorted()).toEqual([documents.at(-1)?.title, crowdedCity]);
  expect(await titles('video of traffic')).toEqual([crowdedCity]);
  expect(await titles('traffic', { type: 'video' })).toEqual([crowdedCity]);
});

it('finds what speaks of the asked city, and nothing of another one', async () => {
  expect(await titles('traffic in antwerp')).toEqual([documents.at(-1)?.title]);
  expect(await titles('traffic in copenhagen')).toEqual([]);
});

it.each(['video of parrots', 'video of oslo', 'footage of coffee'])('finds nothing for %s', async (q) => {
  expect(await titles(q)).toEqual([]);
});
