import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsIn, ROOT, type Source, sourceOf, sourcesIn } from './sources.ts';

const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The packages that some files import, by name. */
function packagesOf(sources: Source[]): Set<string> {
  const specifiers = sources.flatMap(importsIn);
  const outside = specifiers.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  return new Set(outside.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name));
}

describe('the dependencies of package.json', () => {
  const runtime = Object.keys(PACKAGE.dependencies);

  it('are those that src/ imports, and no others', () => {
    const generated = sourceOf('src/grpc/generated/externalscaler.ts');
    const imported = packagesOf([...sourcesIn('src'), generated]);
    expect([...imported].sort()).toEqual(runtime.sort());
  });

  it('have every package that tests and benches import', () => {
    const declared = new Set([...runtime, ...Object.keys(PACKAGE.devDependencies)]);
    const imported = [...packagesOf(sourcesIn('test', 'bench'))];
    expect(imported.filter((name) => !declared.has(name))).toEqual([]);
  });

  it('are pinned', () => {
    const versions = Object.values({ ...PACKAGE.dependencies, ...PACKAGE.devDependencies });
    expect(versions.filter((version) => !/^\d/.test(version as string))).toEqual([]);
  });
});
