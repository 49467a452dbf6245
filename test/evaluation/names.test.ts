import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowered, type Span, score } from '../../evaluation/names/score.ts';

const span = (start: number, end: number, label: Span['label']): Span => ({ start, end, label });

describe('the score of names', () => {
  it('counts exact spans of the right label only', () => {
    const gold = [[span(0, 4, 'PER'), span(6, 9, 'LOC')], []];
    const found = [[span(0, 4, 'PER'), span(6, 8, 'LOC')], [span(0, 2, 'ORG')]];
    expect(score(gold, found)).toMatchObject({ precision: 1 / 3, recall: 0.5, f1: 0.4, wanted: 2 });
    expect(score(gold, found, 'PER').f1).toBe(1);
    expect(score(gold, found, 'LOC').f1).toBe(0);
  });

  it('is 1 for what it is compared with', () => {
    expect(score([[span(0, 1, 'ORG')]], [[span(0, 1, 'ORG')]]).f1).toBe(1);
  });

  it('is taken in lower case without moving a place', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => [...lowered(text)].length === [...text].length));
    expect(lowered('İstanbul and ÉLISE')).toBe('İstanbul and élise');
  });
});
