import { defineConfig } from 'vitest/config';

const SECOND_MS = 1_000;
/** Scenarios that take minutes, each in a namespace of its own. */
const SCALING = ['following', 'failing', 'asleep'].map((name) => `${name}.cluster.ts`);

/** Tests on a real cluster; not among the others. `npm run test:cluster` says what it needs. */
export default defineConfig({
  cacheDir: '../../build/vitest',
  test: {
    root: import.meta.dirname,
    globalSetup: ['../global-setup.ts', './setup.ts'],
    reporters: [['default', { summary: false }], '../reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'objects',
          include: ['*.cluster.ts'],
          exclude: SCALING,
          setupFiles: ['../parts/cleanup.ts'],
          testTimeout: 120 * SECOND_MS,
          hookTimeout: 120 * SECOND_MS,
          // They share namespaces and the webhook.
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'scaling',
          include: SCALING,
          setupFiles: ['../parts/cleanup.ts'],
          hookTimeout: 120 * SECOND_MS,
          maxWorkers: SCALING.length,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
