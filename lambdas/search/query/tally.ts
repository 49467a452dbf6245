import type { StoredDocument } from '../../clients/vector-index.ts';
import { entityKey } from '../../contracts/entity-key.ts';
import { type EntityLabel, entityLabelSchema } from '../../contracts/models.ts';
import { wordsOf } from '../analysis.ts';
import { abbreviationsIn } from './abbreviations.ts';
import { maxExpansions, maxNames, maxWords, type VocabularyFile } from './vocabulary-file.ts';
import { shownWriting } from './written-form.ts';

export type CountedDocument = Pick<
  StoredDocument,
  'title' | 'text' | 'context' | 'keywords' | 'people' | 'place' | 'entities'
>;

const shortestWord = 2;
const longestWord = 40;

/** Counts the archive's names and words, document by document. */
export class Tally {
  #documents: number;
  /** By label and key: documents, and in how many of them each writing stands. */
  readonly #names = new Map<
    string,
    { writings: Map<string, number>; key: string; label: EntityLabel; documents: number }
  >();
  readonly #words = new Map<string, { documents: number; lower: number }>();
  readonly #expansions = new Map<string, number>();

  constructor({ documents, names, words, expansions }: Omit<VocabularyFile, 'version' | 'upTo' | 'countedAfreshAt'>) {
    this.#documents = documents;
    for (const [text, key, label, count] of names)
      this.#names.set(`${label}:${key}`, { writings: new Map([[text, count]]), key, label, documents: count });
    for (const [word, count, lower] of words) this.#words.set(word, { documents: count, lower });
    for (const [short, long, count] of expansions) this.#expansions.set(`${short}\n${long}`, count);
  }

  add(document: CountedDocument): void {
    this.#documents += 1;
    for (const { text, key, label } of document.entities) {
      const name = this.#names.get(`${label}:${key}`) ?? { writings: new Map(), key, label, documents: 0 };
      name.documents += 1;
      name.writings.set(text, (name.writings.get(text) ?? 0) + 1);
      this.#names.set(`${label}:${key}`, name);
    }
    const { title, text, context, keywords, people, place = '' } = document;
    const written = new Set(wordsOf([title, text, context, ...keywords, ...people, place].join('\n')));
    const lower = new Set([...written].filter((word) => word === word.toLowerCase()).map(entityKey));
    for (const word of new Set([...written].map(entityKey))) {
      if (word.length < shortestWord || word.length > longestWord) continue;
      const counted = this.#words.get(word) ?? { documents: 0, lower: 0 };
      counted.documents += 1;
      if (lower.has(word)) counted.lower += 1;
      this.#words.set(word, counted);
    }
    const pairs = new Set(abbreviationsIn(`${text}\n${context}`).map((pair) => pair.join('\n')));
    for (const pair of pairs) this.#expansions.set(pair, (this.#expansions.get(pair) ?? 0) + 1);
  }

  /** What is most frequent, as far as the file's limits reach. */
  counted(): Pick<VocabularyFile, 'documents' | 'names' | 'words' | 'expansions'> {
    const often = <Row extends readonly unknown[]>(rows: Row[], at: number, limit: number) =>
      rows.sort((a, b) => (b[at] as number) - (a[at] as number)).slice(0, limit);
    return {
      documents: this.#documents,
      names: often(
        [...this.#names.values()].map(({ writings, key, label, documents }): VocabularyFile['names'][number] => [
          shownWriting(writings, label),
          key,
          entityLabelSchema.parse(label),
          documents,
        ]),
        3,
        maxNames,
      ),
      words: often(
        [...this.#words].map(([word, { documents, lower }]): VocabularyFile['words'][number] => [
          word,
          documents,
          lower,
        ]),
        1,
        maxWords,
      ),
      expansions: often(
        [...this.#expansions].map(([pair, count]): VocabularyFile['expansions'][number] => {
          const [short = '', long = ''] = pair.split('\n');
          return [short, long, count];
        }),
        2,
        maxExpansions,
      ),
    };
  }
}
