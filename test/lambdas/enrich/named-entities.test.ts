import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedEntities } from '../../../lambdas/enrich/named-entities.ts';

const span = (text: string, label: 'PER' | 'ORG' | 'LOC' | 'MISC', score = 0.9) => ({
  text,
  label,
  score,
  start: 0,
  end: text.length,
});
/** A text that is one name after the other. */
const textOf = (...spans: ReturnType<typeof span>[]) => [{ text: spans.map(({ text }) => text).join(', '), spans }];

describe('the names of a document', () => {
  it('come from the metadata first, which knows better than the model what a name is', () => {
    const names = namedEntities(
      { people: ['Marta Washington'], place: 'Hamburg, Germany' },
      textOf(span('Hamburg', 'ORG'), span('Kyiv', 'LOC')),
    );
    expect(names.map(({ label, key }) => `${label}:${key}`)).toEqual([
      'PER:marta washington',
      'LOC:hamburg',
      'LOC:germany',
      'LOC:kyiv',
    ]);
  });

  it('leave out what the model only guesses', () => {
    expect(namedEntities({ people: [] }, textOf(span('Rain', 'LOC', 0.2)))).toEqual([]);
  });

  it('are written with capitals where the text has any: common nouns that the model takes for names are none', () => {
    const spans = [span('Bergen', 'LOC'), span('kerb', 'LOC'), span('iPhone', 'MISC'), span('747', 'MISC')];
    const names = (text: string) => namedEntities({ people: [] }, [{ text, spans }]).map(({ text: name }) => name);
    expect(names('Rain on the kerb in Bergen, an iPhone, a 747')).toEqual(['Bergen', 'iPhone', '747']);
    expect(names('rain on the kerb in bergen, an iphone, a 747')).toEqual(['Bergen', 'kerb', 'iPhone', '747']);
  });

  it('in lower case are names where other texts of the same document have capitals and theirs has none', () => {
    const read = [
      { text: 'bergen', spans: [span('bergen', 'LOC')] },
      { text: 'Rain', spans: [] },
    ];
    expect(namedEntities({ people: [] }, read).map(({ key }) => key)).toEqual(['bergen']);
  });

  it('stand there once, whatever their case and accents, and never empty', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 20 }), fc.constantFrom('PER', 'LOC'))), (pairs) => {
        const names = namedEntities(
          { people: [] },
          pairs.flatMap(([text, label]) =>
            [text, text.toUpperCase()].flatMap((name) => textOf(span(name, label as 'PER'))),
          ),
        );
        const keys = names.map(({ label, key }) => `${label}:${key}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(names.every(({ key }) => key.length >= 2)).toBe(true);
      }),
    );
  });
});
