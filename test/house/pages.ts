import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

/** What users read, by path from the root of the repository. */
export const PAGES = [
  'README.md',
  'manifests/README.md',
  'manifests/OPERATING.md',
  'manifests/FAILURES.md',
  'manifests/MIGRATION.md',
] as const;

export function page(path: (typeof PAGES)[number]): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
