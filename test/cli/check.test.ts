import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { FakeTerminal } from './terminal.ts';

const NOW = Date.UTC(2026, 0, 12, 12) / 1000;
const STEP = 60;
const DAYS_3 = ['--history', '3d'];
const SECRET = 'hunter2';

/** Value of the step that ends at `time`, or null for none. */
type Metric = (time: number) => number | null;
const dayShape: Metric = (time) => 500 + Math.round(400 * Math.sin(time / 13_751)) + (time % 7);

let server: Server;
let url: string;
/** One list of values a series. */
let metrics: Metric[] = [dayShape];

function matrix(form: URLSearchParams) {
  const result = metrics.map((metric, pod) => {
    const values: [number, string][] = [];
    for (let t = Number(form.get('start')); t <= Number(form.get('end')); t += STEP) {
      const value = metric(t);
      if (value !== null) values.push([t, String(value)]);
    }
    return { metric: { pod: `pod-${pod}` }, values };
  });
  return { status: 'success', data: { resultType: 'matrix', result } };
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    response.sendDate = false;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = matrix(new URLSearchParams(Buffer.concat(chunks).toString()));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function run(series: Metric[], argv = DAYS_3, isInteractive = false) {
  metrics = series;
  const terminal = new FakeTerminal(isInteractive);
  const source = ['--prom-url', url, '--prom-query', `x{a="${SECRET}"}`];
  const auth = ['--prom-bearer-token', SECRET, '--prom-header', `X-Org: ${SECRET}`];
  const clock = new VirtualClock(NOW * 1000);
  const code = await check([...source, ...auth, ...argv], {}, terminal, clock);
  expect(terminal.output + terminal.errors).not.toContain(SECRET);
  return { code, output: terminal.output, errors: terminal.errors };
}

describe('kedastral check', () => {
  it('shows the series, the seasons, the first forecast and its plan', async () => {
    const { code, output } = await run([dayShape]);
    expect(output).toContain(
      'series     one, 4320 samples, 2026-01-09T12:00:00Z to 2026-01-12T11:59',
    );
    expect(output).toContain('step       1m; samples every 60 s\n');
    expect(output).toContain('gaps       0 steps without a value\n');
    expect(output).toMatch(/^seasons {4}1d \(strength/m);
    expect(output).toContain('model      auto\n');
    expect(output).toMatch(/^2026-01-12T12:29:00Z +[\d.]+ +[\d.]+ +\d+$/m);
    expect(output).toMatch(/\nnothing looks wrong\n$/);
    expect(code).toBe(0);
  });

  it('draws a chart on a terminal', async () => {
    expect((await run([dayShape], DAYS_3, true)).output.match(/┤/g)).toHaveLength(10);
  });

  it.each<[string, Metric[], string]>([
    ['two series', [dayShape, dayShape], 'adapter_several_series'],
    ['no series', [], 'adapter_no_data'],
    ['NaN', [(t) => (t % 3600 === 0 ? Number.NaN : dayShape(t))], 'are NaN or infinite'],
    ['a counter', [(t) => t - NOW + 1e6], 'use rate() or increase()'],
    ['a frozen value', [(t) => (t > NOW - 3600 ? 7 : dayShape(t))], 'are all 7'],
    ['a short history', [(t) => (t > NOW - 7200 ? dayShape(t) : null)], 'no pattern of a day'],
    ['a late sample', [(t) => (t > NOW - 600 ? null : dayShape(t))], 'adapter_late'],
    ['a coarse metric', [(t) => (t % 300 === 0 ? dayShape(t) : null)], 'raise step'],
    [
      'many gaps',
      [(t) => (t % 86_400 < 7200 ? null : dayShape(t))],
      '! steps without a value: 360',
    ],
  ])('finds %s', async (_, series, finding) => {
    const { code, output } = await run(series);
    expect(output).toContain(finding);
    expect(output).toMatch(/(one thing looks|\d+ things look) wrong\n$/);
    expect(code).toBe(1);
  });

  it.each<[string, string[], string]>([
    [
      'at max',
      ['--target-per-pod', '2'],
      '! the plan sits at max, 50: the forecast needs \\d{3} pods; raise max, or',
    ],
    [
      'always min',
      ['--target-per-pod', '1e5'],
      '! the plan is always min, 2: the largest value, 90\\d, is 0.0090\\d+ pods; is target',
    ],
  ])('finds a plan that is %s', async (_, argv, finding) => {
    const { code, output } = await run([dayShape], [...DAYS_3, ...argv]);
    expect(output).toMatch(new RegExp(`^${finding}`, 'm'));
    expect(code).toBe(1);
  });

  it('takes a plan at min at night for what it is', async () => {
    const { code } = await run([dayShape], [...DAYS_3, '--target-per-pod', '2000']);
    expect(code).toBe(0);
  });

  it('only remarks on a rare gap', async () => {
    const { code, output } = await run([(t) => (t === NOW - 3600 ? null : dayShape(t))]);
    expect(output).toContain('· steps without a value: 1');
    expect(code).toBe(0);
  });

  it('says which model answered instead, and why', async () => {
    const short: Metric = (t) => (t > NOW - 7200 ? dayShape(t) : null);
    const { output } = await run([short], ['--history', '3d', '--model', 'seasonal-naive']);
    expect(output).toContain('baseline answered instead of seasonal-naive: ');
  });

  it('takes the sidecar’s options, all faults at once', async () => {
    const { code, errors, output } = await run([], ['--horizon', '7m', '--min', 'x']);
    expect(code).toBe(64);
    expect(output).toBe('');
    expect(errors).toContain('2 options are wrong');
  });

  it('checks a file that is replayed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kedastral-'));
    const file = join(folder, 'trace.csv');
    await writeFile(
      file,
      Array.from({ length: 5000 }, (_, i) => `${i * STEP},${i % 50}\n`).join(''),
    );
    const terminal = new FakeTerminal();
    const argv = ['--replay-file', file, '--adapter', 'replay', ...DAYS_3];
    await check(argv, {}, terminal, new VirtualClock(NOW * 1000));
    await rm(folder, { recursive: true });
    expect(terminal.output).toContain('source     replay\n');
    expect(terminal.output).toContain('step       1m; samples every 60 s\n');
  });
});

describe('check with a list of workloads', () => {
  it('looks at the one that is named, and wants one to be', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kedastral-check-'));
    const config = join(folder, 'config.yaml');
    await writeFile(
      config,
      'adapter: synthetic\nhistory: 3d\nworkloads:\n  - workload: shop/cart\n',
    );
    const terminal = new FakeTerminal();
    const clock = new VirtualClock(NOW * 1000);
    const look = (...argv: string[]) => check(['--config', config, ...argv], {}, terminal, clock);
    expect(await look()).toBe(64);
    expect(terminal.errors).toContain('--workload "my-api" is none of workloads');
    expect(await look('--workload=shop/cart')).toBe(0);
    await rm(folder, { recursive: true });
  });
});
