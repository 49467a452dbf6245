import { entityKey } from '../../contracts/entity-key.ts';
import type { EntitySpan } from '../../contracts/models.ts';
import { ordinaryWords } from '../../runtime/ordinary-words.ts';
import { overlaps, type Span } from './draft.ts';

/**
 * The least score of a name that only the model finds in a query. High, because a name that the archive does not hold
 * cannot be boosted: what is lost is a chip, what is gained are queries without a false one.
 */
export const leastScore = 0.8;

/**
 * What of the model's names goes with what was understood already: the archive's own names, dates and operators win, but
 * for a longer name around one of the archive's. Ordinary words in lower case are no name of the model's finding: it sees
 * places in `clean room` and `hangar`.
 */
export function modelNames<Found extends EntitySpan>(
  text: string,
  found: readonly Found[],
  understood: readonly Span[],
): Found[] {
  return found.filter((one) => {
    const span = inUtf16(text, one);
    const within = understood.filter((other) => overlaps(span, other));
    if (one.score < leastScore || !within.every((other) => isInside(other, span))) return false;
    let rest = text.slice(span.start, span.end);
    for (const { start, end } of within)
      rest = rest.slice(0, start - span.start) + ' '.repeat(end - start) + rest.slice(end - span.start);
    const words = rest.match(/[\p{L}\p{M}\p{N}’']+/gu) ?? [];
    // Around a known name every further word must be one of a name; alone, one of them suffices.
    if (within.length > 1) return !words.some(isOrdinary);
    return within.length === 0 ? !words.every(isOrdinary) : words.length > 0 && !words.some(isOrdinary);
  });
}

const isInside = (inner: Span, outer: Span): boolean => inner.start >= outer.start && inner.end <= outer.end;
const isOrdinary = (word: string): boolean => word === word.toLowerCase() && ordinaryWords().has(entityKey(word));

/** The model counts code points. */
export function inUtf16(text: string, { start, end }: Span): Span {
  const points = [...text];
  const before = points.slice(0, start).join('').length;
  return { start: before, end: before + points.slice(start, end).join('').length };
}
