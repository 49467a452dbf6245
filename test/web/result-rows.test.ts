import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hit } from '../../lambdas/contracts/search.ts';
import { type ResultRow, resultRows, rowOfPlace } from '../../web/src/search/result-rows.ts';

const hit = (assetKind: Hit['assetKind'], assetId: string): Hit => ({ assetKind, assetId }) as Hit;
const placesOf = (row: ResultRow): number[] =>
  row.kind === 'line' ? [] : row.kind === 'hit' ? [row.hit.place] : row.hits.map(({ place }) => place);

describe('the rows of a result list', () => {
  it('hold every hit once and in order, near misses after the line', () => {
    const hits = fc.array(fc.constantFrom('photo' as const, 'video' as const, 'story' as const), { maxLength: 60 });
    fc.assert(
      fc.property(hits, hits, fc.integer({ min: 1, max: 7 }), (above, below, columns) => {
        const rows = resultRows(
          above.map((kind, n) => hit(kind, `a${n}`)),
          below.map((kind, n) => hit(kind, `b${n}`)),
          columns,
        );
        expect(rows.flatMap(placesOf)).toEqual([...above, ...below].map((_, place) => place));
        expect(rows.filter(({ kind }) => kind === 'line')).toHaveLength(below.length > 0 ? 1 : 0);
        for (const row of rows) if (row.kind === 'pictures') expect(row.hits.length).toBeLessThanOrEqual(columns);
        for (let place = 0; place < above.length + below.length; place += 1)
          expect(placesOf(rows[rowOfPlace(rows, place)] as ResultRow)).toContain(place);
      }),
    );
  });

  it('part what is weaker from what stands before it, and draw no line above nothing', () => {
    const kinds = fc.array(fc.constantFrom('photo' as const, 'story' as const), { maxLength: 30 });
    fc.assert(
      fc.property(kinds, kinds, fc.nat({ max: 40 }), fc.integer({ min: 1, max: 5 }), (above, below, from, columns) => {
        const rows = resultRows(
          above.map((kind, n) => hit(kind, `a${n}`)),
          below.map((kind, n) => hit(kind, `b${n}`)),
          columns,
          { line: 'lessSure', from },
        );
        expect(rows.flatMap(placesOf)).toEqual([...above, ...below].map((_, place) => place));
        const line = rows.findIndex((row) => row.kind === 'line' && row.line === 'lessSure');
        expect(line >= 0).toBe(from < above.length);
        if (line >= 0) expect(Math.min(...rows.slice(line).flatMap(placesOf))).toBe(from);
        expect(rows.at(-1)?.kind).not.toBe('line');
      }),
    );
  });

  it('lay neighbouring photos side by side and leave a single one its own row', () => {
    const rows = resultRows(
      [hit('photo', '1'), hit('photo', '2'), hit('video', '3'), hit('photo', '4'), hit('story', '5')],
      [],
      4,
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['pictures', 'hit', 'hit', 'hit']);
  });
});
