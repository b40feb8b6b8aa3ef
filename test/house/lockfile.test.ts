import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

interface Locked {
  /** Left out for a package of the registry (.npmrc), so that a mirror may stand in for it. */
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  /** The build of an optional part for one platform. */
  readonly optional?: boolean;
  readonly os?: readonly string[];
}

const REGISTRY = 'https://registry.npmjs.org/';
const text = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const LOCK = JSON.parse(text('package-lock.json')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
/** All but the project itself. */
const PACKAGES = Object.entries(LOCK.packages).filter(([path]) => path !== '');

describe('the lock file', () => {
  it('has packages of the registry alone, none from git, a folder or another host', () => {
    const others = PACKAGES.filter(
      ([path, { resolved = REGISTRY, link }]) =>
        link || !resolved.startsWith(REGISTRY) || !path.includes('node_modules/'),
    );
    expect(others.map(([path, { resolved }]) => `${path}: ${resolved}`)).toEqual([]);
    expect(PACKAGES.length).toBeGreaterThan(50);
    expect(text('.npmrc')).not.toMatch(/registry *= *\S*\/\//);
  });

  it('has each by its SHA-512, but for builds for another platform', () => {
    const loose = PACKAGES.filter(
      ([, { integrity, optional, os }]) =>
        !integrity?.startsWith('sha512-') && !(optional && os !== undefined),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });
});

describe('the bill of materials', () => {
  it('names what dist/ is built from, by version and hash, and nothing else', () => {
    execFileSync(process.execPath, ['.config/sbom.mjs'], { cwd: ROOT });
    const bom = JSON.parse(text('build/sbom.cdx.json'));
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.any(String) });
    expect(bom.metadata.component.name).toBe('kedastral');
    const { dependencies, devDependencies } = JSON.parse(text('package.json'));
    const purls: string[] = bom.components.map(({ purl }: { purl: string }) => purl);
    const inside = { ...dependencies, assemblyscript: devDependencies.assemblyscript };
    for (const [name, version] of Object.entries(inside)) {
      expect(purls).toContain(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    }
    expect(purls.filter((purl) => /vitest|typescript|biome/.test(purl))).toEqual([]);
    for (const { name, hashes } of bom.components) {
      expect(hashes?.[0], name).toMatchObject({ alg: 'SHA-512' });
    }
  });
});
