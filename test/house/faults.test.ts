import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../src/errors.ts';
import { page } from './pages.ts';
import { sourcesIn } from './sources.ts';

/** Rows of the pages' table: | `code` | status | meaning | */
function documented(): Record<string, { status: number; meaning: string }> {
  const text = page('manifests/FAILURES.md');
  const table = /<!-- faults:start -->([\s\S]*?)<!-- faults:end -->/.exec(text)?.[1] ?? '';
  const rows = table.matchAll(/^\| `(\w+)` \| (\d+) \| (.+?) \|$/gm);
  return Object.fromEntries(
    [...rows].map(([, code, status, meaning]) => [code, { status: Number(status), meaning }]),
  );
}

describe('the table of faults', () => {
  it('is in FAILURES.md as it is in src/errors.ts, in the same order', () => {
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
