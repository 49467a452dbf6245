import { looseKey } from './loose-key.ts';

const shortForm = /\b([\p{Lu}](?:\.?[\p{Lu}\p{N}]){1,7})\b\.?/u;
/** `World Health Organization (WHO)` and `WHO (World Health Organization)`. */
const explained = new RegExp(
  `((?:[\\p{Lu}][\\p{L}\\p{M}’'.-]*|of|the|and|for|de|des|du|la|sans|und|der)(?:\\s+(?:[\\p{Lu}][\\p{L}\\p{M}’'.-]*|of|the|and|for|de|des|du|la|sans|und|der)){1,7})\\s+\\(${shortForm.source}\\)`,
  'gu',
);
const reversed = new RegExp(`${shortForm.source}\\s+\\(((?:[\\p{L}\\p{M}’'.-]+\\s+){1,7}[\\p{L}\\p{M}’'.-]+)\\)`, 'gu');
const smallWords = new Set(['of', 'the', 'and', 'for', 'de', 'des', 'du', 'la', 'und', 'der', 'a', 'in', 'on']);

/** Abbreviations that a text explains by what they stand for, keys of both. */
export function abbreviationsIn(text: string): [short: string, long: string][] {
  if (!text.includes('(')) return [];
  const pairs: [string, string][] = [];
  for (const [, long = '', short = ''] of text.matchAll(explained)) pairs.push([short, long]);
  for (const [, short = '', long = ''] of text.matchAll(reversed)) pairs.push([short, long]);
  return pairs.flatMap(([short, long]): [string, string][] => {
    const words = long.split(/\s+/);
    // A sentence's own capital may stand before the name: the shortest tail whose initials fit is the name.
    for (let start = words.length - 1; start >= 0; start--) {
      const name = words.slice(start).join(' ');
      if (isAbbreviation(short, name)) return [[looseKey(short), looseKey(name)]];
    }
    return [];
  });
}

/** Whether these are the initials of a name, small words counted or not: FARC, UN, MSF. */
export function isAbbreviation(short: string, name: string): boolean {
  const letters = looseKey(short).replaceAll(' ', '');
  const words = looseKey(name).split(' ');
  if (letters.length < 2 || words.length < 2 || smallWords.has(words[0] ?? '')) return false;
  const initials = (all: readonly string[]) => all.map(([initial]) => initial).join('');
  return letters === initials(words) || letters === initials(words.filter((word) => !smallWords.has(word)));
}
