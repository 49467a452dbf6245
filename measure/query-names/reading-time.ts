import { Draft } from '../../lambdas/search/query/draft.ts';
import { readWith } from '../../lambdas/search/query/read-query.ts';
import type { Vocabulary } from '../../lambdas/search/query/vocabulary.ts';

const rounds = 5;
const day = new Date('2025-06-30T12:00:00Z');

/** Milliseconds of a core, so that a busy machine does not count, that each query took to read: as it is, and with a letter lost, so that its spelling is looked for. */
export function readingMilliseconds(queries: readonly string[], vocabulary: Vocabulary): number[] {
  const texts = queries.flatMap((text) => [text, `${text.slice(0, 3)}${text.slice(4)} last week`]);
  const took: number[] = [];
  for (let round = 0; round <= rounds; round++)
    for (const text of texts) {
      const before = process.cpuUsage();
      readWith(vocabulary, new Draft(text, { off: new Set(), ignore: new Set() }), day, 'UTC');
      // The first round loads what later ones find loaded.
      const { user, system } = process.cpuUsage(before);
      if (round > 0) took.push((user + system) / 1000);
    }
  return took;
}
