/**
 * How much one passage holds. The embedding model reads 256 word pieces, of which a headline takes up to about 50 and
 * two are the model's own. Its tokenizer is not at hand here, so pieces are estimated: on English news with names from
 * many languages the estimate lies within 6 % of the tokenizer's count, which the difference to 256 covers.
 */
export const maxPassagePieces = 190;

/** A word piece vocabulary of English keeps common words whole and cuts rare ones and other scripts small. */
const wholeWordCharacters = 7;
const pieceCharacters = 3;

/** Estimated word pieces of a text, for the uncased English vocabulary of MiniLM. */
export function estimatePieces(text: string): number {
  let pieces = 0;
  for (const [token] of text.matchAll(/[A-Za-z]+|\d+|[^\sA-Za-z\d]/g)) {
    if (!/^[A-Za-z\d]/.test(token)) pieces += 1;
    else if (/^\d/.test(token)) pieces += Math.ceil(token.length / pieceCharacters);
    else pieces += 1 + Math.max(0, Math.ceil((token.length - wholeWordCharacters) / pieceCharacters));
  }
  return pieces;
}

/**
 * Splits a story into passages that end where sentences end and hold at most so many estimated word pieces. Nothing
 * is lost and nothing doubled: the passages' words in order are the story's. A sentence that is too long for a
 * passage is split between words, a word that is too long within itself.
 */
export function splitPassages(text: string, language = 'en', maxPieces = maxPassagePieces): string[] {
  const passages: string[] = [];
  let passage = '';
  for (const { unit, separator } of units(text, language, maxPieces)) {
    const longer = passage === '' ? unit : `${passage}${separator}${unit}`;
    if (passage !== '' && estimatePieces(longer) > maxPieces) {
      passages.push(passage);
      passage = unit;
    } else passage = longer;
  }
  if (passage !== '') passages.push(passage);
  return passages;
}

interface Unit {
  unit: string;
  /** What stood before it: a space, a new line at a paragraph's beginning, or nothing in scripts without spaces. */
  separator: '' | ' ' | '\n';
}

function* units(text: string, language: string, maxPieces: number): Generator<Unit> {
  const segmenter = sentenceSegmenter(language);
  for (const paragraph of text.split(/\n+/).map((part) => part.trim())) {
    let separator: Unit['separator'] = '\n';
    for (const { segment } of segmenter.segment(paragraph)) {
      for (const unit of withinLimit(segment.trim(), maxPieces)) {
        yield { unit, separator };
        separator = ' ';
      }
      if (!/\s$/.test(segment)) separator = '';
    }
  }
}

function sentenceSegmenter(language: string): Intl.Segmenter {
  try {
    return new Intl.Segmenter(language, { granularity: 'sentence' });
  } catch {
    return new Intl.Segmenter('en', { granularity: 'sentence' });
  }
}

function* withinLimit(sentence: string, maxPieces: number): Generator<string> {
  if (sentence === '') return;
  if (estimatePieces(sentence) <= maxPieces) {
    yield sentence;
    return;
  }
  let part = '';
  for (const word of sentence.split(/\s+/).flatMap((long) => cutWord(long, maxPieces))) {
    const longer = part === '' ? word : `${part} ${word}`;
    if (part !== '' && estimatePieces(longer) > maxPieces) {
      yield part;
      part = word;
    } else part = longer;
  }
  if (part !== '') yield part;
}

/** Every character is one piece at most, so that many characters always fit. */
function cutWord(word: string, maxPieces: number): string[] {
  if (estimatePieces(word) <= maxPieces) return [word];
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / maxPieces) }, (_, at) =>
    characters.slice(at * maxPieces, (at + 1) * maxPieces).join(''),
  );
}
