import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Program } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';

const PYTHON = fileURLToPath(new URL('../../build/python/bin/python', import.meta.url));
const CLIENT = fileURLToPath(new URL('./keda_client.py', import.meta.url));
const CALLS = 20_000;

it('speaks KEDA’s protocol with a client that shares no code with it', async () => {
  const sidecar = await Sidecar.start(['--workload', 'my-api']);
  await sidecar.forecast();
  const client = new Program(PYTHON, [
    CLIENT,
    sidecar.grpcAddress,
    'my-api',
    ...['--calls', String(CALLS), '--pid', String(sidecar.program.pid)],
  ]);
  expect(await client.exited, client.output).toMatchObject({ code: 0 });
  const checks = client.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.find(({ check }) => check === 'calls')).toMatchObject({ calls: CALLS });
  expect(checks.at(-1)).toMatchObject({ check: 'shutdown' });
  expect(await sidecar.program.exited).toEqual({ code: 0, signal: null });
});
