import type { Span } from '../../evaluation/names/score.ts';
import type { EntitySpan } from '../../lambdas/contracts/models.ts';
import { Draft } from '../../lambdas/search/query/draft.ts';
import { modelNames } from '../../lambdas/search/query/model-names.ts';
import { readNames } from '../../lambdas/search/query/names.ts';
import { readWith } from '../../lambdas/search/query/read-query.ts';
import type { Vocabulary } from '../../lambdas/search/query/vocabulary.ts';

const nothingOff = { off: new Set<never>(), ignore: new Set<string>() };
const someDay = new Date('2025-06-30T12:00:00Z');

/** Ways to find the names of a query, from what the model says of it and what the archive holds. */
export const finders = {
  'model, every span': (_: string, spans: readonly EntitySpan[]): Span[] => [...spans],
  'model, as search takes it': (text: string, spans: readonly EntitySpan[]): Span[] => modelNames(text, spans, []),
  dictionary: (text: string, _: readonly EntitySpan[], vocabulary: Vocabulary): Span[] => known(text, vocabulary),
  joined: (text: string, spans: readonly EntitySpan[], vocabulary: Vocabulary): Span[] => {
    const { understood } = readWith(vocabulary, new Draft(text, nothingOff), someDay, 'UTC');
    return [...known(text, vocabulary), ...modelNames(text, spans, understood)];
  },
} as const;
export type Finder = keyof typeof finders;

/** No query of the collection leaves the basic plane, where UTF-16 units and code points are the same. */
const known = (text: string, vocabulary: Vocabulary): Span[] =>
  readNames(new Draft(text, nothingOff), vocabulary).flatMap(({ start, end, entities: [first] }) =>
    first === undefined ? [] : [{ start, end, label: first.label }],
  );
