import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, page } from './pages.ts';
import { ROOT } from './sources.ts';

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Why a link of a page leads nowhere, or null. */
function fault(from: string, link: string): string | null {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, target))) return `${from}: ${link}: no such file`;
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return null;
  return `${from}: ${link}: no such heading`;
}

describe('links of the pages', () => {
  it.each(PAGES)('%s: lead somewhere', (path) => {
    const links = [...page(path).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)];
    const faults = links.map(([, link = '']) => fault(path, link));
    expect(faults.filter((each) => each !== null)).toEqual([]);
  });

  it('would be missed if they did not', () => {
    expect(fault('README.md', 'manifests/NONE.md')).toContain('no such file');
    expect(fault('README.md', '#no-such-heading')).toContain('no such heading');
    expect(fault('manifests/README.md', '../README.md#options')).toBeNull();
  });
});
