import { entityKey } from '../../contracts/entity-key.ts';
import type { EntitySpan } from '../../contracts/models.ts';
import { overlaps, type Span } from './draft.ts';
import { ordinaryWords } from './ordinary-words.ts';

/**
 * The least score of a name that the model finds in a query. Of words that are all ordinary ones in lower case it takes
 * more: there it names what is none in every other query without a name.
 */
export const leastScore = { name: 0.5, ordinaryWords: 0.9 } as const;

/**
 * What of the model's names goes with what was understood already: the archive's own names, dates and operators win, but
 * for a longer name around one of the archive's.
 */
export function modelNames<Found extends EntitySpan>(
  text: string,
  found: readonly Found[],
  understood: readonly Span[],
): Found[] {
  return found.filter((one) => {
    const span = inUtf16(text, one);
    const within = understood.filter((other) => overlaps(span, other));
    const isLonger =
      within.every(({ start, end }) => start >= span.start && end <= span.end) &&
      !within.some(({ start, end }) => start === span.start && end === span.end);
    return isLonger && one.score >= (isOrdinary(one.text) ? leastScore.ordinaryWords : leastScore.name);
  });
}

const isOrdinary = (name: string): boolean =>
  name.split(/[^\p{L}\p{M}’']+/u).every((word) => word === word.toLowerCase() && ordinaryWords().has(entityKey(word)));

/** The model counts code points. */
export function inUtf16(text: string, { start, end }: Span): Span {
  const points = [...text];
  const before = points.slice(0, start).join('').length;
  return { start: before, end: before + points.slice(start, end).join('').length };
}
