import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'kedastral-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The script's exit code and words when npm says this. */
function audited(report: unknown) {
  const npm = join(folder, 'npm');
  writeFileSync(npm, `#!/bin/sh\ncat <<'EOF'\n${JSON.stringify(report)}\nEOF\n`);
  chmodSync(npm, 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['.config/audit.mjs'], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

it('fails on a high or critical one, by name', () => {
  const vulnerabilities = {
    a: { name: 'a', severity: 'moderate', range: '<1' },
    b: { name: 'b', severity: 'high', range: '<2' },
    c: { name: 'c', severity: 'critical', range: '<3' },
  };
  const { status, said } = audited({
    vulnerabilities,
    metadata: { vulnerabilities: { total: 3 } },
  });
  expect(status).toBe(1);
  expect(said).toContain('high: b <2');
  expect(said).toContain('critical: c <3');
  expect(said).not.toContain('moderate');
});

it('passes on less, and says how many there are', () => {
  const vulnerabilities = { a: { name: 'a', severity: 'moderate', range: '<1' } };
  const { status, said } = audited({
    vulnerabilities,
    metadata: { vulnerabilities: { total: 1 } },
  });
  expect({ status, said: said.trim() }).toEqual({
    status: 0,
    said: 'npm audit: 0 high or critical of 1 known',
  });
});

it('passes aloud where the registry does not answer', () => {
  const { status, said } = audited({ message: '405 Method Not Allowed' });
  expect(status).toBe(0);
  expect(said).toContain('NOT DONE, the registry could not be asked: 405 Method Not Allowed');
});
