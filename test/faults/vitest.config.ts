import { defineConfig } from 'vitest/config';

const SECOND_MS = 1_000;

/** The fault bench: hundreds of scenarios, some with real parts; not among the other tests. */
export default defineConfig({
  cacheDir: '../../build/vitest',
  test: {
    root: import.meta.dirname,
    include: ['*.faults.ts'],
    globalSetup: ['../global-setup.ts'],
    setupFiles: ['../parts/cleanup.ts'],
    reporters: [['default', { summary: false }], '../reporter.ts'],
    maxWorkers: 3,
    testTimeout: 120 * SECOND_MS,
    hookTimeout: 60 * SECOND_MS,
  },
});
