import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../src/errors.ts';
import { ROOT, sourcesIn } from './sources.ts';

/** Rows of the README's table: | `code` | status | meaning | */
function documented(): Record<string, { status: number; meaning: string }> {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const table = /<!-- faults:start -->([\s\S]*?)<!-- faults:end -->/.exec(readme)?.[1] ?? '';
  const rows = table.matchAll(/^\| `(\w+)` \| (\d+) \| (.+?) \|$/gm);
  return Object.fromEntries(
    [...rows].map(([, code, status, meaning]) => [code, { status: Number(status), meaning }]),
  );
}

describe('the table of faults', () => {
  it('is in README.md as it is in src/errors.ts, in the same order', () => {
    expect(Object.entries(documented())).toEqual(Object.entries(FAULTS));
  });

  it('has no fault that nothing raises', () => {
    const texts = sourcesIn('src')
      .filter(({ path }) => path !== 'src/errors.ts')
      .map(({ text }) => text);
    const unused = Object.keys(FAULTS).filter(
      (code) => code !== 'internal' && !texts.some((text) => text.includes(`'${code}'`)),
    );
    expect(unused).toEqual([]);
  });
});
