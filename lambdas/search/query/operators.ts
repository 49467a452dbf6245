import type { AssetKind } from '../../contracts/assets.ts';
import type { Draft, Span } from './draft.ts';
import { kindOfWord } from './kinds.ts';

export interface Operators {
  phrases: string[];
  exclusions: string[];
  /** Kinds that a minus rules out, like `-video`. */
  excludedKinds: AssetKind[];
}

const quotes = '"“”„«»';
/** A phrase of as many characters is a pasted paragraph. */
const maxPhraseCharacters = 200;
const maxOperators = 16;
/**
 * A minus right before a letter or a quotation mark, after a space or at the beginning: neither `covid-19`, nor
 * `Paris - London`, nor `-10 degrees`.
 */
const operator = new RegExp(
  `(?<minus>(?<=^|\\s)[-−–](?=[${quotes}]?\\p{L}))?(?:(?<open>[${quotes}])(?<phrase>[^${quotes}]*)[${quotes}]|(?<word>[^\\s${quotes}]+))`,
  'gu',
);

/** Reads quotation marks and minus signs. A quotation mark without its other half is no operator. */
export function readOperators(draft: Draft): Operators {
  const read: Operators = { phrases: [], exclusions: [], excludedKinds: [] };
  for (const match of draft.text.matchAll(operator)) {
    const { minus, phrase, word } = match.groups as Record<string, string | undefined>;
    const span = { start: match.index, end: match.index + match[0].length };
    if (minus !== undefined) readExclusion(draft, span, phrase ?? word ?? '', read);
    else if (phrase !== undefined) readPhrase(draft, span, phrase, read);
  }
  for (const mark of draft.words.matchAll(new RegExp(`[${quotes}]`, 'gu'))) draft.removeSign(mark.index);
  return read;
}

function readPhrase(draft: Draft, span: Span, phrase: string, { phrases }: Operators): void {
  const words = phrase.trim();
  if (!isWorded(words) || words.length > maxPhraseCharacters || phrases.length >= maxOperators || !draft.isOn('phrase'))
    return;
  if (!draft.offer('phrase', words.toLowerCase(), span, `exactly “${words}”`)) return;
  phrases.push(words);
  draft.close(span);
}

function readExclusion(draft: Draft, span: Span, excluded: string, read: Operators): void {
  const words = excluded.trim().replace(/[\p{P}\p{S}]+$/u, '');
  const isRead =
    isWorded(words) &&
    words.length <= maxPhraseCharacters &&
    read.exclusions.length + read.excludedKinds.length < maxOperators &&
    draft.isOn('exclusion') &&
    draft.offer('exclusion', words.toLowerCase(), span, `without ${words}`);
  if (!isRead) {
    draft.removeSign(span.start);
    return;
  }
  const kind = kindOfWord(words);
  if (kind !== undefined && draft.isOn('type')) read.excludedKinds.push(kind);
  else read.exclusions.push(words);
  draft.remove(span);
}

const isWorded = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
