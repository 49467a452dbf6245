import { type EntityLabel, entityLabelSchema } from '../../lambdas/contracts/models.ts';

/** Code points [start, end) of a text. */
export interface Span {
  start: number;
  end: number;
  label: EntityLabel;
}
export interface Score {
  precision: number;
  recall: number;
  f1: number;
  /** Spans that are there to be found. */
  wanted: number;
}

/**
 * Exact matches: same start, same end, same label (CoNLL-2003's measure), all texts together.
 * @param label counts only this one; micro average over all labels where it is not given
 * @returns values in [0, 1]; F1 is 0 where nothing was found
 */
export function score(gold: readonly Span[][], found: readonly Span[][], label?: EntityLabel): Score {
  const keyOf = (span: Span): string => `${span.start} ${span.end} ${span.label}`;
  const counted = (spans: readonly Span[] | undefined): Set<string> =>
    new Set((spans ?? []).filter((span) => label === undefined || span.label === label).map(keyOf));
  let right = 0;
  let wanted = 0;
  let given = 0;
  for (const [index, spans] of gold.entries()) {
    const expected = counted(spans);
    const answered = counted(found[index]);
    wanted += expected.size;
    given += answered.size;
    right += [...answered].filter((key) => expected.has(key)).length;
  }
  const precision = given === 0 ? 0 : right / given;
  const recall = wanted === 0 ? 0 : right / wanted;
  return { precision, recall, f1: right === 0 ? 0 : (2 * precision * recall) / (precision + recall), wanted };
}

export const labels: readonly EntityLabel[] = entityLabelSchema.options;

/** In lower case without moving a place: a letter whose lower case is longer stays. */
export const lowered = (text: string): string =>
  [...text].map((letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter)).join('');
