import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityKey } from '../../../../lambdas/contracts/entity-key.ts';
import { entityLabelSchema } from '../../../../lambdas/contracts/models.ts';
import { shownWriting } from '../../../../lambdas/search/query/written-form.ts';
import { countedFrom, documentOf } from './archive.ts';

const shown = (label: 'LOC' | 'ORG' | 'PER' | 'MISC', writings: Record<string, number>) =>
  shownWriting(new Map(Object.entries(writings)), label);

describe('the writing of a name that a reader is shown', () => {
  it('is the one that most documents use', () => {
    expect(shown('ORG', { Nato: 3, NATO: 40 })).toBe('NATO');
    expect(shown('ORG', { Nato: 40, NATO: 3 })).toBe('Nato');
    expect(shown('PER', { 'Ursula von der Leyen': 2, 'Ursula Von Der Leyen': 1 })).toBe('Ursula von der Leyen');
  });

  it('is no dateline’s where a text has another one', () => {
    expect(shown('LOC', { LONDON: 60, London: 4 })).toBe('London');
    expect(shown('PER', { 'EILEEN COLLINS': 2, 'Eileen Collins': 1 })).toBe('Eileen Collins');
  });

  it.each([
    ['LOC', 'CAPE CANAVERAL', 'Cape Canaveral'],
    ['LOC', 'RIO DE JANEIRO', 'Rio de Janeiro'],
    ['LOC', 'LA PAZ', 'La Paz'],
    ['LOC', 'SAINT-DENIS', 'Saint-Denis'],
    ['LOC', 'VALPARAÍSO', 'Valparaíso'],
    ['PER', "SINÉAD O'CONNOR", "Sinéad O'Connor"],
    ['PER', 'JOHN PAUL II', 'John Paul II'],
    ['ORG', 'BANK OF ENGLAND', 'Bank of England'],
  ] as const)('of a %s that is only written %s is %s', (label, capitals, name) => {
    expect(shown(label, { [capitals]: 3 })).toBe(name);
  });

  it.each([
    ['ORG', 'NATO'],
    ['ORG', 'UNICEF'],
    ['ORG', 'BBC News'],
    ['LOC', 'USA'],
    ['LOC', 'U.S.'],
    ['MISC', 'G20'],
    ['LOC', '北京'],
  ] as const)('of a %s stays %s', (label, name) => expect(shown(label, { [name]: 1 })).toBe(name));

  it('keeps abbreviations within a name', () => expect(shown('ORG', { 'BBC NEWS': 1 })).toBe('BBC News'));

  it('is always one of the same name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.constantFrom(...entityLabelSchema.options),
        (name, label) => {
          const key = entityKey(name);
          // What folds to another form in capitals, like ŉ, is no writing of the same key to begin with.
          fc.pre(entityKey(name.toUpperCase()) === key);
          expect(entityKey(shownWriting(new Map([[name, 1]]), label))).toBe(key);
        },
      ),
    );
  });

  it('stands in what is counted of the archive', () => {
    const { names } = countedFrom([
      documentOf('CAPE CANAVERAL, Florida - A rocket.', ['CAPE CANAVERAL', 'LOC'], ['NASA', 'ORG']),
      documentOf('LONDON - Rain.', ['LONDON', 'LOC']),
      documentOf('LONDON - More rain.', ['LONDON', 'LOC']),
      documentOf('Rain in London.', ['London', 'LOC']),
    ]);
    expect(names.map(([text, , , documents]) => [text, documents])).toEqual([
      ['London', 3],
      ['Cape Canaveral', 1],
      ['NASA', 1],
    ]);
  });
});
