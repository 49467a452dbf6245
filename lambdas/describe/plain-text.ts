/**
 * Limits of texts from outside, in characters. They keep one careless or hostile file from filling the index and the
 * page; what is longer is cut at a word and ends in an ellipsis.
 */
export const textLimits = {
  headline: 300,
  caption: 4000,
  /** A short fact: a name, a place, a credit line. */
  fact: 200,
  usageTerms: 1000,
  /** What surrounds a shot or passage: it shares the model's 256 tokens with the text itself. */
  context: 600,
  story: 400_000,
} as const;
export const maxKeywords = 50;
export const maxPeople = 50;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Invisible characters that reorder or hide text: bidirectional overrides, zero-width ones, tags, soft hyphens. */
const invisible = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Plain text in one normal form, paragraphs kept: no control or hidden characters, no runs of spaces. */
export function plainText(text: string, maxCharacters: number): string {
  const lines = text
    .replace(/\r\n?|\u2028|\u2029|\v|\f/g, '\n')
    .replace(controls, ' ')
    .replace(invisible, '')
    .normalize('NFC')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim());
  return cutAtWord(
    lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    maxCharacters,
  );
}

/** As `plainText`, on one line. */
export const plainLine = (text: string, maxCharacters: number): string =>
  cutAtWord(plainText(text, Number.POSITIVE_INFINITY).replace(/\s+/g, ' '), maxCharacters);

/** A line, or undefined where nothing is left of it. */
export const optionalLine = (text: string | undefined, maxCharacters: number): string | undefined =>
  text === undefined ? undefined : plainLine(text, maxCharacters) || undefined;

/** Lines without doubles, whatever their case, in their order. */
export function plainList(texts: readonly string[], maxItems: number): string[] {
  const lines = new Map<string, string>();
  for (const text of texts) {
    const line = plainLine(text, textLimits.fact);
    if (line !== '' && !lines.has(line.toLowerCase())) lines.set(line.toLowerCase(), line);
  }
  return [...lines.values()].slice(0, maxItems);
}

function cutAtWord(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const cut = text.slice(0, maxCharacters - 1).replace(/[\ud800-\udbff]$/, '');
  const lastSpace = cut.search(/\s\S*$/);
  return `${(lastSpace > maxCharacters / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}

/** The beginning of a text as a title: its first sentence, or as much of it as a title holds. */
export function titleFrom(text: string, maxCharacters = 120): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text.slice(0, 1000));
  return plainLine(first?.segment ?? '', maxCharacters);
}
