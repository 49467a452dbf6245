import type { EntityLabel } from '../../lambdas/contracts/models.ts';
import { maxNames, maxWords, type VocabularyFile } from '../../lambdas/search/query/vocabulary-file.ts';

type Counted = Omit<VocabularyFile, 'version' | 'upTo' | 'countedAfreshAt'>;

const syllables =
  'ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so ta te ti to va ve vi vo'.split(
    ' ',
  );
const labels: readonly EntityLabel[] = ['PER', 'ORG', 'LOC'];

/** What an archive holds, filled up to the limits of the file with invented words and with names made of two of them. */
export function fullArchive({ documents, names, words, expansions }: Counted): Counted {
  const invented = (number: number): string => {
    let word = '';
    for (let left = number + syllables.length ** 2; left > 0; left = Math.floor(left / syllables.length))
      word += syllables[left % syllables.length];
    return word;
  };
  const moreWords = Array.from({ length: maxWords - words.length }, (_, at): Counted['words'][number] => [
    invented(at),
    1,
    1,
  ]);
  const moreNames = Array.from({ length: maxNames - names.length }, (_, at): Counted['names'][number] => {
    const name = `${invented(at)} ${invented((at * 7919) % maxNames)}`;
    return [name, name, labels[at % labels.length] ?? 'PER', 1];
  });
  return { documents, names: [...names, ...moreNames], words: [...words, ...moreWords], expansions };
}
