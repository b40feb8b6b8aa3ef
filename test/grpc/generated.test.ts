import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMITTED = join(ROOT, 'src/grpc/generated');

it('the committed codec is what proto/ generates', () => {
  const fresh = mkdtempSync(join(tmpdir(), 'kedastral-proto-'));
  try {
    execFileSync(process.execPath, ['.config/proto.mjs', fresh], { cwd: ROOT, stdio: 'inherit' });
    expect(readdirSync(COMMITTED).sort()).toEqual(readdirSync(fresh).sort());
    for (const name of readdirSync(fresh)) {
      const text = readFileSync(join(COMMITTED, name), 'utf8');
      expect(text).toBe(readFileSync(join(fresh, name), 'utf8'));
      expect(text).toMatch(/^\/\/ Generated from proto\//);
    }
  } finally {
    rmSync(fresh, { recursive: true });
  }
});
