import { defineConfig } from 'vitest/config';

/** Tests against the whole system, which the global set-up starts once with a folder and ports of its own. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/running-system.ts'],
    include: ['test/journeys/**/*.test.ts', 'test/browser/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
