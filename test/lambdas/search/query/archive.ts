import { entityKey } from '../../../../lambdas/contracts/entity-key.ts';
import type { EntityLabel } from '../../../../lambdas/contracts/models.ts';
import type { SearchSwitch } from '../../../../lambdas/contracts/search.ts';
import { Draft } from '../../../../lambdas/search/query/draft.ts';
import { readWith } from '../../../../lambdas/search/query/read-query.ts';
import { type CountedDocument, Tally } from '../../../../lambdas/search/query/tally.ts';
import { vocabularyOf } from '../../../../lambdas/search/query/vocabulary.ts';
import type { QueryReading } from '../../../../lambdas/search/understand.ts';

export type Named = [text: string, label: EntityLabel];

export const documentOf = (text: string, ...names: Named[]): CountedDocument => ({
  title: '',
  text,
  context: '',
  keywords: [],
  people: [],
  entities: names.map(([name, label]) => ({ text: name, label, key: entityKey(name) })),
});

export const emptyCounts = { documents: 0, names: [], words: [], expansions: [] };

export function countedFrom(documents: readonly CountedDocument[]): ReturnType<Tally['counted']> {
  const tally = new Tally(emptyCounts);
  for (const document of documents) tally.add(document);
  return tally.counted();
}

/** A small newsroom, as its documents were written. */
export const newsroom = vocabularyOf(
  countedFrom([
    documentOf('Helena Brandt leaves the Bundestag with a megaphone.', ['Helena Brandt', 'PER'], ['Bundestag', 'ORG']),
    documentOf('The lights go out in Kyiv after an attack.', ['Kyiv', 'LOC']),
    documentOf('Kiev in the snow, before it was written Kyiv.', ['Kiev', 'LOC']),
    documentOf('Judith Okafor speaks; she may run again.', ['Judith Okafor', 'PER']),
    documentOf('Chidi Okafor scores. It may have been offside.', ['Chidi Okafor', 'PER']),
    documentOf('Theresa May waves. Reading the paper may help.', ['Theresa May', 'PER'], ['May', 'PER']),
    documentOf(
      'The World Health Organization (WHO) warns of cholera in Malawi.',
      ['World Health Organization', 'ORG'],
      ['WHO', 'ORG'],
      ['Malawi', 'LOC'],
    ),
    documentOf('Fans at the World Cup 2022 in Qatar.', ['World Cup 2022', 'MISC'], ['Qatar', 'LOC']),
    documentOf('Fires near Los Angeles and on La Palma.', ['Los Angeles', 'LOC'], ['La Palma', 'LOC']),
    documentOf('An earthquake, a rescue dog, and people reading the list of the missing.'),
  ]),
);

export const now = new Date('2024-03-24T10:00:00Z');

export function read(
  text: string,
  {
    off = [],
    ignore = [],
    at = now,
    zone = 'UTC',
  }: { off?: SearchSwitch[]; ignore?: string[]; at?: Date; zone?: string } = {},
): QueryReading {
  return readWith(newsroom, new Draft(text, { off: new Set(off), ignore: new Set(ignore) }), at, zone);
}
