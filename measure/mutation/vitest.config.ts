import { defineConfig } from 'vitest/config';

/** The tests that hold the mutated files: they need nothing but memory, so that thousands of runs stay affordable. */
export default defineConfig({
  test: {
    include: [
      'test/lambdas/clients/{side-effects,conditions}.test.ts',
      'test/lambdas/clients/near-duplicates/*.test.ts',
      'test/lambdas/clients/captions/{breaker,budget,cost,quota}.test.ts',
      'test/lambdas/describe/likeness/{picture-comparison,story-sketch,video-comparison,near-duplicate-look}.test.ts',
    ],
    // That one takes seconds each time, and the others hold the same rules.
    testNamePattern: /^(?!.*100,000 hashes)/,
    testTimeout: 30_000,
  },
});
