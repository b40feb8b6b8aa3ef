import { defineConfig } from 'vitest/config';

const SECOND_MS = 1_000;

/** Tests on a real cluster; not among the others. `npm run test:cluster` says what it needs. */
export default defineConfig({
  cacheDir: '../../build/vitest',
  test: {
    root: import.meta.dirname,
    include: ['*.cluster.ts'],
    globalSetup: ['../global-setup.ts', './setup.ts'],
    setupFiles: ['../parts/cleanup.ts'],
    reporters: [['default', { summary: false }], '../reporter.ts'],
    // They share namespaces and the webhook; where scenarios take minutes, they run at once within
    // their file.
    fileParallelism: false,
    maxConcurrency: 8,
    testTimeout: 120 * SECOND_MS,
    hookTimeout: 120 * SECOND_MS,
  },
});
