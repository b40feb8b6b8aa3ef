import { defineConfig } from 'vitest/config';

const SECOND_MS = 1_000;
/** Tests that run real parts (.config/parts.mjs). */
const FLOW = ['flow/**/*.test.ts', 'manifests/**/*.test.ts'];

export default defineConfig({
  cacheDir: '../build/vitest',
  test: {
    root: import.meta.dirname,
    globalSetup: ['./global-setup.ts'],
    reporters: ['default', './reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: FLOW,
          // No test changes what another file sees, and a process for each would take most of the
          // time.
          pool: 'threads',
          isolate: false,
          // Both cores: by default vitest leaves one to itself.
          maxWorkers: 2,
          // Times out what hangs; a busy machine is no fault.
          testTimeout: 30 * SECOND_MS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'flow',
          include: FLOW,
          // They wait most of the time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          setupFiles: ['./parts/cleanup.ts'],
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 60 * SECOND_MS,
        },
      },
    ],
  },
});
