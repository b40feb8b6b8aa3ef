import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, type Source, sourceOf, walk } from './sources.ts';

const CORE_BYTES_MAX = 350 * 1024;

/** A bundle with the chunks that it imports when it starts: what every sidecar loads. */
function staticFiles(path: string, seen = new Map<string, Source>()): Map<string, Source> {
  if (seen.has(path)) return seen;
  const source = sourceOf(path);
  seen.set(path, source);
  walk(source, (node) => {
    const specifier = node.type.endsWith('Declaration') ? node.source?.value : undefined;
    if (specifier?.startsWith('.')) staticFiles(join(dirname(path), specifier), seen);
  });
  return seen;
}

/** The packages whose code a source map names. */
function packagesIn(path: string): string[] {
  const map = JSON.parse(readFileSync(join(ROOT, `${path}.map`), 'utf8'));
  const names = map.sources.map(
    (source: string) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1],
  );
  return [...new Set<string>(names.filter(Boolean))].sort();
}

describe('dist/sidecar.js', () => {
  const core = staticFiles('dist/sidecar.js');

  it(`loads at most ${CORE_BYTES_MAX} bytes when it starts`, () => {
    const bytes = [...core.values()].reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeLessThanOrEqual(CORE_BYTES_MAX);
  });

  it('leaves what is not configured to chunks of its own', () => {
    const packages = [...core.keys()].flatMap(packagesIn);
    for (const lazy of ['ioredis', 'yaml']) expect(packages).not.toContain(lazy);
  });

  it('needs no node_modules', () => {
    const missing: string[] = [];
    for (const source of core.values()) {
      walk(source, (node) => {
        const specifier = node.type.endsWith('Declaration') ? node.source?.value : undefined;
        if (specifier && !/^(\.|node:)/.test(specifier)) missing.push(specifier);
      });
    }
    expect(missing).toEqual([]);
  });

  it('has a source map beside each file', () => {
    for (const path of core.keys()) expect(packagesIn(path)).toBeInstanceOf(Array);
  });
});
