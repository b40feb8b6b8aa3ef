import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../house/sources.ts';
import { freePort } from '../parts/ports.ts';
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

  it('lives on after SIGHUP, which has nothing to read anew', async () => {
    const sidecar = await Sidecar.start();
    sidecar.program.signal('SIGHUP');
    await sidecar.until('told', () => sidecar.program.output.includes('SIGHUP'));
    await sidecar.forecast();
    await sidecar.stop();
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
      expect(second.program.output).not.toContain('stack');
      await first.stop();
    },
  );

  it('says so when both faces were given one port', async () => {
    const { httpAddress } = await Sidecar.spawn(['--version']);
    const sidecar = await Sidecar.spawn(['--listen', httpAddress, '--grpc-listen', httpAddress]);
    expect((await sidecar.program.exited).code).toBe(64);
    expect(sidecar.program.stderr).toContain('has the port of listen');
  });

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

  it.each([
    ['--listen', 'http'],
    ['--grpc-listen', 'grpc'],
  ])('lives on without the port of %s when it is injected', async (option, component) => {
    const first = await Sidecar.start();
    const address = option === '--listen' ? first.httpAddress : first.grpcAddress;
    const words = `free one with annotation kedastral.io/${option.slice(2)}`;
    const second = await Sidecar.spawn(['--injected', '--adapter=synthetic', option, address]);
    await second.until('a start', () => second.program.output.includes('"msg":"started"'));
    expect(second.log).toContainEqual(
      expect.objectContaining({
        ...{ level: 'error', code: 'listen_failed', component },
        reason: expect.stringMatching(new RegExp(`^cannot listen on ${address}: .*${words}$`)),
      }),
    );
    if (option === '--grpc-listen') {
      await second.forecast();
      expect(await second.errors('grpc', 'listen_failed')).toBe(1);
    }
    expect((await second.stop()).code).toBe(0);
    await first.stop();
  });

  it('lives on with a replay file that cannot be read when it is injected', async () => {
    const file = join(temporaryFolder(), 'bad.csv');
    writeFileSync(file, 'timestamp,value\n2026-01-01T00:00:00Z,1\nnot a row\n');
    const sidecar = await Sidecar.start(['--injected', '--adapter=replay', '--replay-file', file]);
    const response = await fetch(`${sidecar.url}/forecast/current`);
    expect(response.status).toBe(503);
    expect((await response.json()).error.message).toContain('misconfigured');
    expect(await sidecar.errors('adapter', 'option_invalid')).toBe(1);
    expect((await sidecar.stop()).code).toBe(0);
  });

  it('leaves no connection open that keeps a process alive which cannot start', async () => {
    const bad = ['--adapter=replay', '--replay-file=/nonexistent.csv'];
    const redis = ['--storage=redis', `--redis-addr=127.0.0.1:${await freePort()}`];
    const sidecar = await Sidecar.spawn([...bad, ...redis]);
    expect(await sidecar.program.exited).toEqual({ code: 64, signal: null });
    const injected = await Sidecar.start(['--injected', ...bad, ...redis]);
    expect(await injected.stop()).toEqual({ code: 0, signal: null });
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
