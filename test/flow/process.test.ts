import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../house/sources.ts';
import { Program, temporaryFolder } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';

const DRAIN_MS_MAX = 10_000;

describe('the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 soon after %s', async (signal) => {
    const sidecar = await Sidecar.start();
    await sidecar.forecast();
    const startMs = performance.now();
    sidecar.program.signal(signal);
    expect(await sidecar.program.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeLessThan(DRAIN_MS_MAX);
    expect(sidecar.log.at(-1)?.msg).toBe('stopped');
  });

  it.each(['--listen', '--grpc-listen'])(
    'notices that the port of %s is in use',
    async (option) => {
      const first = await Sidecar.start();
      const address = option === '--listen' ? first.httpAddress : first.grpcAddress;
      const second = await Sidecar.spawn([option, address]);
      const { code } = await second.program.exited;
      expect(code).toBe(1);
      expect(second.program.output).toContain(address);
      expect(second.program.output).toContain('in use');
      await first.stop();
    },
  );

  it('refuses bad options, all at once, with their values and rules', async () => {
    const sidecar = await Sidecar.spawn(
      ['--step=500ms', '--stpe=1m', '--target-per-pod=NaN', '--min=9', '--max=3'],
      { HORIZON: '17m30s', STEP: undefined },
    );
    const { code } = await sidecar.program.exited;
    expect(code).toBe(64);
    for (const word of ['step', '500ms', 'stpe', 'target-per-pod', 'NaN', 'min', 'max']) {
      expect(sidecar.program.stderr).toContain(word);
    }
    expect(sidecar.program.stdout).toBe('');
  });

  it('names what it cannot use of its source beside all other faults', async () => {
    const sidecar = await Sidecar.spawn([
      '--prom-url=http://127.0.0.1:9',
      '--prom-query=up{pod="{{pod}}"}',
      '--prom-ca-file=/nonexistent/ca.pem',
      '--replay-file=/nonexistent/trace.csv',
      '--http-value-path=a..b',
      '--step=500ms',
    ]);
    const { code } = await sidecar.program.exited;
    expect(code).toBe(64);
    expect(sidecar.program.stderr).toContain('5 options are wrong');
    for (const word of ['{{pod}}', 'ca.pem', 'trace.csv', 'character 2', '500ms']) {
      expect(sidecar.program.stderr).toContain(word);
    }
  });

  it('refuses a horizon that is too short for what may be served', async () => {
    const sidecar = await Sidecar.spawn(['--horizon=5m', '--lead-time=5m']);
    const { code } = await sidecar.program.exited;
    expect(code).toBe(64);
    expect(sidecar.program.stderr).toContain('horizon');
  });

  it('lives on with a bad option when it is injected, and says it knows nothing', async () => {
    const sidecar = await Sidecar.start(['--injected', '--step=500ms']);
    const response = await fetch(`${sidecar.url}/forecast/current`);
    expect(response.status).toBe(503);
    expect((await response.json()).error.message).toContain('500ms');
    expect((await fetch(`${sidecar.url}/readyz`)).status).toBe(503);
    expect((await sidecar.stop()).code).toBe(0);
  });

  it('masks secrets when it prints its configuration', async () => {
    const secret = 'secret-of-the-test';
    const sidecar = await Sidecar.spawn(['--print-config', '--storage=redis'], {
      REDIS_PASSWORD: secret,
      PROM_URL: 'http://127.0.0.1:9',
      PROM_QUERY: 'up',
      PROM_BEARER_TOKEN: secret,
    });
    expect(await sidecar.program.exited).toEqual({ code: 0, signal: null });
    expect(sidecar.program.stdout).toContain('redis-password');
    expect(sidecar.program.output).not.toContain(secret);
  });

  it('takes the arguments of manifests/deployment.yaml', async () => {
    const text = readFileSync(join(ROOT, 'manifests/deployment.yaml'), 'utf8');
    const { containers } = parse(text).spec.template.spec;
    const { args } = containers.find(({ name }: { name: string }) => name === 'kedastral');
    const sidecar = await Sidecar.spawn([...args, '--print-config'], { NAMESPACE: 'shop' });
    expect(await sidecar.program.exited).toEqual({ code: 0, signal: null });
  });

  it('runs from a read-only dist/ alone', async () => {
    const folder = temporaryFolder();
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
    chmodSync(join(folder, 'dist'), 0o555);
    const bundle = join(folder, 'dist/sidecar.js');
    const program = new Program(process.execPath, [bundle, '--version']);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    chmodSync(join(folder, 'dist'), 0o755);
  });
});
