import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program, temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { until } from '../parts/until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/kedastral.js', import.meta.url));
const STEP = 300;
const START = Date.UTC(2026, 0, 5) / 1000;
const POINTS = 10 * 288;
const DEMAND = Array.from(
  { length: POINTS },
  (_, i) => 100 + 40 * Math.sin((i * Math.PI) / 144) + ((i * 7919) % 13),
);
const ROWS = DEMAND.map((value, i) => `${START + i * STEP},${value}\n`);
const QUICK = ['--models', 'baseline,seasonal-naive', '--replay-range', '1d'];

const folder = temporaryFolder();
const file = join(folder, 'api.csv');
beforeAll(() => writeFile(file, `timestamp,value\n${ROWS.join('')}`));

async function run(argv: string[], env: NodeJS.ProcessEnv = {}) {
  const program = new Program(process.execPath, [PROGRAM, 'backtest', ...argv], env);
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

async function json(argv: string[], env: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await run([...argv, '--json'], env);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** The result without what is measured by a clock and without how it was asked for. */
function bare({ series, overall }: { series: unknown; overall: unknown }): string {
  return JSON.stringify({ series, overall }).replace(/"fitMs(P95)?":[\d.e-]+/g, '');
}

describe('kedastral backtest', () => {
  it('has one result, however many workers there are', async () => {
    const on = (workers: string) => json([file, ...QUICK, '--workers', workers]);
    const [none, one, three] = await Promise.all([on('0'), on('1'), on('3')]);
    expect(bare(one)).toBe(bare(none));
    expect(bare(three)).toBe(bare(none));
    expect(none.series[0].models).toHaveLength(2);
    expect(none.series[0].replay.policies.length).toBeGreaterThan(5);
  });

  it('has the same of a file, a folder and standard input', async () => {
    const others = join(folder, 'others');
    await mkdir(others);
    await writeFile(join(others, 'stdin.csv'), await readFile(file));
    await writeFile(join(others, 'notes.txt'), 'not read');
    const piped = new Program(
      'sh',
      ['-c', `"$0" "$1" backtest - ${QUICK.join(' ')} --json < "$2"`].concat(
        process.execPath,
        PROGRAM,
        file,
      ),
    );
    await piped.exited;
    const ofFolder = await json([others, ...QUICK]);
    expect(bare(JSON.parse(piped.stdout))).toBe(bare(ofFolder));
    const renamed = bare(await json([file, ...QUICK])).replaceAll('"api"', '"stdin"');
    expect(renamed).toBe(bare(ofFolder));
  });

  it('fails by a gate, with its name in the output', async () => {
    const { code, stdout } = await run([file, ...QUICK, '--fail-if', 'pod_hours>0']);
    expect(code).toBe(1);
    expect(stdout).toContain('gate FAILED: api: pod_hours>0');
  });

  it('gives what it reached after one SIGINT, as valid JSON and marked', async () => {
    const argv = [file, '--models', 'baseline,arima', '--stride', '1', '--json'];
    const dump = join(folder, 'partial.ndjson');
    const program = new Program(process.execPath, [PROGRAM, 'backtest', ...argv, '--dump', dump]);
    await until('some forecasts are made', async () => {
      return (await readFile(dump, 'utf8').catch(() => '')).length > 0;
    });
    program.signal('SIGINT');
    expect((await program.exited).code).toBe(130);
    const result = JSON.parse(program.stdout);
    expect(result.isPartial).toBe(true);
    const [model] = result.series[0].models;
    expect(model.origins).toBeGreaterThan(0);
    const lines = (await readFile(dump, 'utf8')).trimEnd().split('\n');
    for (const line of lines) JSON.parse(line);
    const origins = result.series[0].models.reduce(
      (sum: number, one: { origins: number }) => sum + one.origins,
      0,
    );
    expect(lines).toHaveLength(origins);
  });

  it('reads more rows than its heap could hold', async () => {
    const long = join(folder, 'long.csv');
    const out = createWriteStream(long);
    const block = 100_000;
    for (let from = 0; from < 1_500_000; from += block) {
      const rows = Array.from(
        { length: block },
        (_, k) => `${60 * (from + k)},${(from + k) % 1440}\n`,
      );
      out.write(rows.join(''));
    }
    out.end();
    await finished(out);
    const argv = [long, '--models', 'seasonal-naive', '--replay', 'false'];
    const result = await json(argv, { NODE_OPTIONS: '--max-old-space-size=48' });
    expect(result.series[0].points).toBe(1_500_000);
  });
});

describe('kedastral backtest on Prometheus', () => {
  let prometheus: Prometheus;
  beforeAll(async () => {
    const samples = DEMAND.map((value, i) => [START + i * STEP, value] as const);
    const pods = DEMAND.map((value, i) => [START + i * STEP, Math.ceil(value / 10)] as const);
    prometheus = await Prometheus.start({
      backfill: [
        { metric: 'rps', labels: { job: 'api' }, samples },
        { metric: 'replicas', labels: { job: 'api' }, samples: pods },
      ],
    });
  });
  afterAll(() => prometheus?.stop());

  it('has the same result as on a CSV of its samples', async () => {
    const seconds = (k: number) => new Date((START + k * STEP) * 1000).toISOString();
    const argv = [
      ...['--prom-url', prometheus.url, '--prom-query', 'rps{job="{{workload}}"}'],
      ...['--workload', 'api', '--step', '5m'],
      ...['--start', seconds(0), '--end', seconds(POINTS - 1), ...QUICK],
    ];
    const ofQuery = await json(argv);
    expect(bare(ofQuery)).toBe(bare(await json([file, ...QUICK])));

    const withReplicas = await json([...argv, '--replicas-query', 'replicas']);
    const { replay } = withReplicas.series[0];
    expect(replay.targetPerPod).toBeGreaterThan(9);
    expect(replay.targetPerPod).toBeLessThanOrEqual(10);
    expect(replay.policies.map(({ role }: { role: string }) => role)).toContain('actual');
  });

  it('fails with the reason of the data source', async () => {
    const range = ['--start', '2020-01-01', '--end', '2020-02-01'];
    const query = ['--prom-url', prometheus.url, '--prom-query', 'nothing'];
    const { code, stderr } = await run([...query, ...range, ...QUICK]);
    expect(code).toBe(1);
    expect(stderr).toContain('adapter_no_data');
  });
});
