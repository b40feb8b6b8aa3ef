/**
 * `npm run test:faults` plays every scenario; `npm run test:faults -- --seed N` plays one of
 * virtual time again and prints what happened in it.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from '../house/sources.ts';
import { kernels, play, report } from './virtual/bench.ts';
import { scenarioOf } from './virtual/scenario.ts';

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' } },
  allowPositionals: true,
});

async function replay(seed: number): Promise<number> {
  const played = await play(scenarioOf(seed), await kernels());
  const isWhole = played.violations.length === 0;
  process.stdout.write(`${report(played, isWhole)}\n`);
  return isWhole ? 0 : 1;
}

function runAll(): number {
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/faults/vitest.config.ts',
  ];
  const options = { cwd: ROOT, stdio: 'inherit' } as const;
  return spawnSync(process.execPath, [...vitest, ...positionals], options).status ?? 1;
}

if (values.seed === undefined) process.exitCode = runAll();
else if (/^\d+$/.test(values.seed)) process.exitCode = await replay(Number(values.seed));
else {
  process.stderr.write(`--seed: expected a whole number, got ${JSON.stringify(values.seed)}\n`);
  process.exitCode = 64;
}
