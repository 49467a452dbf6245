import { readFileSync } from 'node:fs';
import type { Stryker } from '@stryker-mutator/core';

export type MutantResult = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

/** A change that no test can notice, for the changed code does the same. */
export interface Equivalent {
  /** The end of the file's path. */
  file: string;
  /** What stands in the line, without what is around it. */
  line: string;
  replacement: string;
  because: string;
}

/** They count as survivors in the score; this only says which of those nobody need look at again. */
export const equivalents: readonly Equivalent[] = [
  {
    file: 'near-duplicates/group-plan.ts',
    line: 'if (order !== 0) return order < 0',
    replacement: 'order <= 0',
    because: 'the order is not 0 there',
  },
  {
    file: 'near-duplicates/group-plan.ts',
    line: 'return one.assetId < other.assetId',
    replacement: 'one.assetId <= other.assetId',
    because: 'two assets have two ids',
  },
  {
    file: 'near-duplicates/group-plan.ts',
    line: "groupId.split('.')[0] ?? ''",
    replacement: '"Stryker was here!"',
    because: 'what is split always has a first part',
  },
  {
    file: 'likeness/video-comparison.ts',
    line: 'longer.durationSeconds === 0 ? 0',
    replacement: 'false',
    because: 'no share is at least as large as the share that is no number',
  },
  {
    file: 'likeness/video-comparison.ts',
    line: 'if (offset === undefined) return 0;',
    replacement: 'false',
    because: 'what is reckoned with nothing is no number, and no cut follows from it',
  },
  {
    file: 'likeness/video-comparison.ts',
    line: 'return [...meeting].some(',
    replacement: '[...meeting].every(',
    because: 'one pair at most has met there; where none has, nothing scores',
  },
  {
    file: 'near-duplicates/hash-bands.ts',
    line: 'position < hashBits',
    replacement: 'position <= hashBits',
    because: 'a hash of 64 bits has no further one that is set',
  },
];

export function isEquivalent({ fileName, location, replacement }: MutantResult): boolean {
  const line = readFileSync(fileName, 'utf8').split('\n')[location.start.line - 1] ?? '';
  return equivalents.some(
    (known) => fileName.endsWith(known.file) && line.includes(known.line) && known.replacement === replacement,
  );
}
