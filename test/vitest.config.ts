import { defineConfig } from 'vitest/config';

const SECOND_MS = 1_000;

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: ['./global-setup.ts'],
    reporters: ['default', './reporter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['**/*.test.ts'], exclude: ['flow/**'] },
      },
      {
        extends: true,
        test: {
          name: 'flow',
          include: ['flow/**/*.test.ts'],
          setupFiles: ['./parts/cleanup.ts'],
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 60 * SECOND_MS,
        },
      },
    ],
  },
});
