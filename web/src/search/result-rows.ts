import type { Hit } from '../../../lambdas/contracts/search.ts';

/** What comes after a line is weaker than what stands before it, and how. */
export type Line = 'lessSure' | 'lessAlike' | 'nearMisses';

/** One line of the result list: pictures side by side, one video or story, or a line above what is weaker. */
export type ResultRow =
  | { kind: 'pictures'; hits: readonly PlacedHit[] }
  | { kind: 'hit'; hit: PlacedHit }
  | { kind: 'line'; line: Line };

/** A hit with its place in the answer, from 0, near misses counted on. */
export interface PlacedHit {
  place: number;
  hit: Hit;
}

/** Which hits, from this place on, are there only as far as they go. */
export interface Weaker {
  line: Exclude<Line, 'nearMisses'>;
  from: number;
}

/**
 * Lays hits out in their order: neighbours that are pictures share rows of so many columns; a picture that stands
 * alone between others is a row of its own. A line parts weaker hits from those before them.
 */
export function resultRows(
  hits: readonly Hit[],
  nearMisses: readonly Hit[],
  columns: number,
  weaker?: Weaker,
): ResultRow[] {
  const from = weaker && weaker.from < hits.length ? weaker.from : hits.length;
  return [
    ...layOut(hits.slice(0, from), 0, columns),
    ...lined(weaker?.line ?? 'lessSure', layOut(hits.slice(from), from, columns)),
    ...lined('nearMisses', layOut(nearMisses, hits.length, columns)),
  ];
}

const lined = (line: Line, rows: readonly ResultRow[]): ResultRow[] =>
  rows.length === 0 ? [] : [{ kind: 'line', line }, ...rows];

function layOut(hits: readonly Hit[], from: number, columns: number): ResultRow[] {
  const rows: ResultRow[] = [];
  let pictures: PlacedHit[] = [];
  const close = (): void => {
    const [only] = pictures;
    if (only && pictures.length === 1) rows.push({ kind: 'hit', hit: only });
    else
      for (let start = 0; start < pictures.length; start += columns)
        rows.push({ kind: 'pictures', hits: pictures.slice(start, start + columns) });
    pictures = [];
  };
  hits.forEach((hit, position) => {
    const placed = { place: from + position, hit };
    if (hit.assetKind === 'photo') pictures.push(placed);
    else {
      close();
      rows.push({ kind: 'hit', hit: placed });
    }
  });
  close();
  return rows;
}

/** The row that a hit is in; -1 where it is in none. */
export const rowOfPlace = (rows: readonly ResultRow[], place: number): number =>
  rows.findIndex((row) =>
    row.kind === 'line'
      ? false
      : row.kind === 'hit'
        ? row.hit.place === place
        : row.hits.some((placed) => placed.place === place),
  );
