import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

const NAMES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'asconfig.json',
  'assembly',
  'bench',
  'manifests',
  'package-lock.json',
  'package.json',
  'proto',
  'src',
  'test',
  'tsconfig.json',
];
/** What git does not keep: installed, built, cached. */
const UNKEPT = ['build', 'dist', 'node_modules'];

describe('the top level', () => {
  it('has the names of the design and dot-files, nothing else', () => {
    const names = readdirSync(ROOT).filter((name) => !name.startsWith('.'));
    expect(names.filter((name) => !UNKEPT.includes(name)).sort()).toEqual(NAMES);
  });

  it('keeps out of git what is built', () => {
    const git = ['ls-files', '--', ...UNKEPT];
    expect(execFileSync('git', git, { cwd: ROOT, encoding: 'utf8' })).toBe('');
  });
});
