import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../house/sources.ts';
import { INVARIANTS } from './invariants.ts';
import { PROMETHEUS_FAULTS, REDIS_FAULTS, SIDECAR_FAULTS } from './real/fault-kinds.ts';
import { FAULT_KINDS } from './virtual/fault-kinds.ts';

/** Names that a file's tests, or checks, are made of by a table. */
const NAMES: Readonly<Record<string, object>> = {
  'test/faults/singles.faults.ts': FAULT_KINDS,
  'test/faults/real-prometheus.faults.ts': PROMETHEUS_FAULTS,
  'test/faults/real-redis.faults.ts': REDIS_FAULTS,
  'test/faults/real-sidecars.faults.ts': SIDECAR_FAULTS,
  'test/faults/invariants.ts': INVARIANTS,
};

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function isTest(name: string, path: string): boolean {
  const text = textOf(path);
  const names = NAMES[path];
  return names ? name in names : text.includes(`it('${name}'`);
}

/** The cells of each row of README's table of failures. */
function rows(): string[][] {
  const section = textOf('README.md').split('## When things fail')[1]?.split('\n\n')[1] ?? '';
  const lines = section.split('\n').slice(2);
  return lines.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
}

describe('the table of what happens when things fail', () => {
  it('has a test for each row', () => {
    expect(rows().length).toBeGreaterThan(10);
    for (const cells of rows()) {
      expect(cells, cells.join(' | ')).toHaveLength(4);
      const links = [...(cells[3] ?? '').matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
      expect(links.length, cells[0]).toBeGreaterThan(0);
    }
  });

  it('links to tests that exist', () => {
    const links = rows().flatMap((cells) => [
      ...(cells[3] ?? '').matchAll(/\[([^\]]+)\]\(([^)]+)\)/g),
    ]);
    const lost = links.filter(([, name = '', path = '']) => !isTest(name, path));
    expect(lost.map(([link]) => link)).toEqual([]);
  });

  it('would miss one that does not', () => {
    expect(isTest('prometheus is killed', 'test/faults/real-redis.faults.ts')).toBe(false);
    expect(isTest('no such test', 'test/flow/process.test.ts')).toBe(false);
  });
});
