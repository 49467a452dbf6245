import { describe, expect, it } from 'vitest';
import { queryReader } from '../../../lambdas/search/query/read-query.ts';
import { vocabularyOf } from '../../../lambdas/search/query/vocabulary.ts';
import { type UnderstandClients, understand } from '../../../lambdas/search/understand.ts';
import { relatedWordsOf } from './candidates.ts';
import { countedFrom, documentOf, now } from './query/archive.ts';

const vocabulary = vocabularyOf(
  countedFrom([documentOf('Nino Kapanadze stands in the fog of the island.', ['Nino Kapanadze', 'PER'])]),
);
const clientsThatFind = (names: readonly string[], score = 0.97) => {
  const embedded: string[] = [];
  const answering = (answer: (texts: string[]) => object) => ({
    invokeJson: (async ({ texts }: { texts: string[] }) => ({ model: 'm', version: '1', ...answer(texts) })) as never,
  });
  const clients: UnderstandClients = {
    read: queryReader({ vocabulary: async () => vocabulary, zone: 'UTC', knownNames: async () => relatedWordsOf({}) }),
    embed: answering((texts) => {
      embedded.push(...texts);
      return { vectors: texts.map(() => [1, 0]) };
    }),
    entities: answering(([text = '']) => ({
      entities: [
        names.map((name) => {
          const start = text.indexOf(name);
          return { text: name, label: 'LOC', start, end: start + name.length, score };
        }),
      ],
    })),
  };
  return { clients, embedded };
};
const asked = { off: new Set<never>(), ignore: new Set<string>(), now };

describe('a word that the archive lacks', () => {
  it('is corrected to the archive’s nearest where nobody takes it for a name', async () => {
    const { clients, embedded } = clientsThatFind([]);
    const { lexicalText } = await understand('iceland fog', clients, asked);
    expect([lexicalText, embedded]).toEqual(['island fog', ['island fog']]);
  });

  it('is left as it is where the model reads it as a name, which then has a chip', async () => {
    const { clients, embedded } = clientsThatFind(['iceland']);
    const { lexicalText, chips, entities } = await understand('iceland fog', clients, asked);
    expect([lexicalText, embedded]).toEqual(['iceland fog', ['iceland fog']]);
    expect(chips.map(({ kind, typed }) => [kind, typed])).toEqual([['entity', 'iceland']]);
    expect(entities).toMatchObject([{ text: 'iceland', source: 'model' }]);
  });

  it('is corrected where the model is not sure of the name', async () => {
    const { clients } = clientsThatFind(['iceland'], 0.6);
    expect(await understand('iceland fog', clients, asked)).toMatchObject({ lexicalText: 'island fog' });
  });

  it('is corrected from a misspelt name to the archive’s own, which the model reads as a name as well', async () => {
    const { clients } = clientsThatFind(['kapanadse']);
    expect(await understand('kapanadse protest', clients, asked)).toMatchObject({ lexicalText: 'kapanadze protest' });
  });

  it('is left as it is in a name of several words that the archive does not know with several letters changed', async () => {
    const { clients } = clientsThatFind(['irma kapanadso']);
    const { lexicalText, chips } = await understand('irma kapanadso', clients, asked);
    expect(lexicalText).toBe('irma kapanadso');
    expect(chips.map(({ kind, typed }) => [kind, typed])).toEqual([['entity', 'irma kapanadso']]);
  });

  it.each(['nino kapanadso', 'nina kapanadso', 'kapanadso'])(
    'is corrected from %s, which the archive knows but for its letters',
    async (name) => {
      const { clients } = clientsThatFind([name]);
      const { lexicalText } = await understand(`${name} protest`, clients, asked);
      expect(lexicalText).toBe(`${name.startsWith('nin') ? 'nino ' : ''}kapanadze protest`);
    },
  );

  it('is corrected where the model does not answer', async () => {
    const { clients } = clientsThatFind([]);
    const silent = { ...clients, entities: { invokeJson: () => Promise.reject(new Error('gone')) } };
    const { lexicalText, degraded } = await understand('iceland fog', silent, asked);
    expect([lexicalText, degraded.map(({ part }) => part)]).toEqual(['island fog', ['entities']]);
  });
});
