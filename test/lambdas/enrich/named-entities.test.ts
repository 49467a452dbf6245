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

describe('the names of a document', () => {
  it('come from the metadata first, which knows better than the model what a name is', () => {
    const names = namedEntities({ people: ['Marta Washington'], place: 'Hamburg, Germany' }, [
      span('hamburg', 'ORG'),
      span('Kyiv', 'LOC'),
    ]);
    expect(names.map(({ label, key }) => `${label}:${key}`)).toEqual([
      'PER:marta washington',
      'LOC:hamburg',
      'LOC:germany',
      'LOC:kyiv',
    ]);
  });

  it('leave out what the model only guesses', () => {
    expect(namedEntities({ people: [] }, [span('Rain', 'LOC', 0.2)])).toEqual([]);
  });

  it('stand there once, whatever their case and accents, and never empty', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 20 }), fc.constantFrom('PER', 'LOC'))), (pairs) => {
        const names = namedEntities(
          { people: [] },
          pairs.flatMap(([text, label]) => [span(text, label as 'PER'), span(text.toUpperCase(), label as 'PER')]),
        );
        const keys = names.map(({ label, key }) => `${label}:${key}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(names.every(({ key }) => key.length >= 2)).toBe(true);
      }),
    );
  });
});
