import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { backtest } from '../../src/cli/backtest.ts';
import { systemClock } from '../../src/clock.ts';
import { FakeTerminal } from './terminal.ts';

const HOUR = 3_600;
const START = Date.UTC(2026, 0, 5) / 1000;
const FOLDER = mkdtempSync(join(tmpdir(), 'kedastral-backtest-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** Twelve days of hours: a day's shape and some noise. */
const ROWS = Array.from({ length: 12 * 24 }, (_, i) => {
  const value = 100 + 40 * Math.sin((i * Math.PI) / 12) + ((i * 7919) % 13);
  return [new Date((START + i * HOUR) * 1000).toISOString(), value.toFixed(2)] as const;
});
const CSV = `timestamp,value\n${ROWS.map(([time, value]) => `${time},${value}\n`).join('')}`;
const FILE = fileOf('a.csv', CSV);

function fileOf(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
}

async function run(argv: string[], options: RunOptions = {}) {
  const terminal = new FakeTerminal();
  const code = await backtest(argv, {
    env: options.env ?? {},
    terminal,
    clock: systemClock,
    isWatched: false,
    stdin: async function* () {
      yield options.stdin ?? '';
    },
    workerUrl: null,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, output: terminal.output, errors: terminal.errors };
}

const json = async (argv: string[], options?: RunOptions) => {
  const { code, output, errors } = await run([...argv, '--json'], options);
  expect(code, errors).toBe(0);
  return JSON.parse(output);
};
const QUICK = ['--models', 'seasonal-naive', '--replay', 'false'];

describe('kedastral backtest', () => {
  it('prints scores and the replay of every policy', async () => {
    const { code, output, errors } = await run([FILE, '--models', 'baseline,last-value']);
    expect(code).toBe(0);
    expect(output).toContain('a: 288 steps of 1h up to 2026-01-16T23:00:00Z');
    expect(output).toMatch(/^baseline +0\.\d{3}/m);
    expect(output).toMatch(/^last-value +-/m);
    for (const policy of [
      'kedastral baseline',
      'kedastral baseline \\+ reactive',
      'reactive',
      'keda',
      'oracle',
      'static max',
    ]) {
      expect(output).toMatch(new RegExp(`^${policy} +[\\d.]+ +[\\d.]+`, 'm'));
    }
    expect(output).toMatch(/^reactive, same cost \(× [\d.]+\)/m);
    expect(output).toMatch(/^(Prediction|Not with these settings).*\.$/m);
    expect(errors).toContain('target-per-pod is');
  });

  it("plays the HPA's own behavior", async () => {
    const argv = [FILE, '--models', 'last-value'];
    const podHours = async (more: string[]) => {
      const { series } = await json([...argv, ...more]);
      const policies = series[0].replay.policies as {
        role: string;
        outcome: { podHours: number };
      }[];
      return policies.find(({ role }) => role === 'reactive')?.outcome.podHours ?? Number.NaN;
    };
    const still = ['--behavior', 'scaleDown: { selectPolicy: Disabled }'];
    expect(await podHours(still)).toBeGreaterThan((await podHours([])) * 1.05);
    const { code, errors } = await run([...argv, '--behavior', 'scaleDwn: {}']);
    expect(code).toBe(64);
    expect(errors).toMatch(/behavior.*scaleDwn/);
  });

  it('has all of it as JSON', async () => {
    const result = await json([FILE, '--models', 'baseline']);
    expect(result).toMatchObject({ isPartial: false, gates: [] });
    const [series] = result.series;
    expect(series).toMatchObject({ name: 'a', points: 288, stepSeconds: HOUR, horizonSteps: 24 });
    expect(series.actuals.values).toHaveLength(288);
    expect(series.models[0].byHorizon).toHaveLength(24);
    expect(series.models[0].byHour).toHaveLength(24);
    expect(series.models[0].fans.length).toBeGreaterThan(2);
    expect(series.models[0].fans[0].quantiles[0]).toHaveLength(24);
    const roles = series.replay.policies.map(({ role }: { role: string }) => role);
    expect(roles).toEqual(['ours', 'ours', 'rival', 'reactive', 'keda', 'oracle', 'static']);
    expect(series.replay.policies[0].outcome.timeline.timesSeconds.length).toBeGreaterThan(3);
    const { ours, rival } = series.replay.comparison;
    expect(rival.podHours / ours.podHours).toBeCloseTo(1, 2);
  });

  it('replays steps that no quarter of a minute divides', async () => {
    const rows = Array.from({ length: 1_200 }, (_, i) => `${20 * i},${100 + (i % 90)}\n`).join('');
    const [{ replay }] = (await json([fileOf('odd.csv', rows), '--models', 'last-value'])).series;
    const [{ outcome }] = replay.policies;
    expect(outcome.durationSeconds).toBeCloseTo(300 * 20, 6);
    // 100 … 189 in equal parts; the mean is not touched by how fine it is played.
    expect(outcome.demandTotal / outcome.durationSeconds).toBeCloseTo(144.5, -1);
  });

  it('thins a long grid in JSON to means', async () => {
    const rows = Array.from({ length: 9_000 }, (_, i) => `${60 * i},${i}\n`).join('');
    const [{ actuals, points }] = (await json([fileOf('long.csv', rows), ...QUICK])).series;
    expect(points).toBe(9_000);
    expect(actuals).toMatchObject({ stepSeconds: 180, startSeconds: 120 });
    expect(actuals.values.slice(0, 2)).toEqual([1, 4]);
  });

  it('has the same result every time, times of fits aside', async () => {
    const timeless = (text: string) => text.replace(/"fitMs(P95)?":[\d.e-]+/g, '');
    const argv = [FILE, '--models', 'baseline', '--json'];
    const [first, second] = [await run(argv), await run(argv)];
    expect(timeless(first.output)).toBe(timeless(second.output));
  });

  it('reads standard input, several files and folders', async () => {
    const names = async (argv: string[], stdin?: string) =>
      (await json([...argv, ...QUICK], { stdin: stdin ?? '' })).series.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names(['-'], CSV)).toEqual(['stdin']);
    mkdirSync(join(FOLDER, 'b'));
    const alike = fileOf('b/a.csv', CSV);
    expect(await names([FILE, alike])).toEqual([`${basename(FOLDER)}/a`, 'b/a']);
    expect(await names(['--input', FILE])).toEqual(['a']);
  });

  it('leaves out a series that cannot be used, and says so', async () => {
    const bad = fileOf('bad.csv', 'timestamp,value\nsoon,1\n');
    const { code, output, errors } = await run([FILE, bad, ...QUICK]);
    expect(code).toBe(0);
    expect(errors).toContain('bad is left out');
    expect(errors).toContain('CSV line 2, timestamp: "soon"');
    expect(output).toContain('a: 288 steps');
  });

  it('compares with what really ran, and takes the target from it', async () => {
    const rows = ROWS.map(([time, value]) => `${time},${value},${Math.ceil(Number(value) / 20)}\n`);
    const path = fileOf('ran.csv', `timestamp,value,replicas\n${rows.join('')}`);
    const result = await json([path, '--models', 'baseline']);
    const { targetPerPod, policies, maxReplicas } = result.series[0].replay;
    expect(targetPerPod).toBeGreaterThan(18);
    expect(targetPerPod).toBeLessThanOrEqual(20);
    expect(maxReplicas).toBe(50);
    const ran = policies.find(({ role }: { role: string }) => role === 'actual');
    expect(ran.outcome.podHours).toBeGreaterThan(100);
  });

  it('writes forecasts in the interchange format', async () => {
    const dump = join(FOLDER, 'dump.ndjson');
    await json([FILE, ...QUICK, '--origins', '5', '--dump', dump]);
    const lines = readFileSync(dump, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    const line = JSON.parse(lines[0] as string);
    expect(Object.keys(line)).toEqual([
      ...['series', 'cutoff', 'model', 'fit_ms', 'values', 'quantiles'],
    ]);
    expect(Object.keys(line.quantiles)).toEqual(['0.5', '0.8', '0.9', '0.95', '0.99']);
    expect(line.quantiles['0.5']).toEqual(line.values);
    expect(line.values).toHaveLength(24);
  });

  it('writes the report as a page', async () => {
    const html = join(FOLDER, 'report.html');
    await json([FILE, '--models', 'baseline', '--html', html]);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/);
  });

  it('takes origins from a file of cutoffs', async () => {
    const entry = { step: HOUR, H: 3, W: 48, points: 288, cutoffs: [200, 250] };
    const cutoffs = fileOf('cutoffs.json', JSON.stringify({ series: { a: entry } }));
    const [series] = (await json([FILE, '--cutoffs', cutoffs])).series;
    expect(series).toMatchObject({ horizonSteps: 3, windowSteps: 48, cutoffs: [200, 250] });
    expect(series.replay).toBeNull();
  });
});

describe('the exit code of kedastral backtest', () => {
  it('is 1 when a gate fails, and names it', async () => {
    const gates = ['--fail-if', 'skill<5', '--fail-if', 'skill<-5'];
    const { code, output } = await run([FILE, ...QUICK, ...gates]);
    expect(code).toBe(1);
    expect(output).toContain('gate FAILED: a: skill<5');
    expect(output).toContain('gate passed: a: skill<-5');
  });

  it('is 0 when all pass', async () => {
    const argv = [FILE, '--models', 'baseline', '--fail-if', 'unserved_share>reactive'];
    expect((await run(argv)).code).toBe(0);
  });

  it('is 130 after an interruption, with what was reached', async () => {
    const stop = new AbortController();
    stop.abort();
    const { code, output } = await run([FILE, ...QUICK], { signal: stop.signal });
    expect(code).toBe(130);
    expect(output).toContain('PARTIAL');
  });

  it.each([
    [[], 'prom-url is needed'],
    [['--prom-url', 'http://127.0.0.1:1'], '--prom-query'],
    [[FILE, '--models', 'prophet'], '--models "prophet"'],
    [[FILE, '--fail-if', 'luck<1'], '--fail-if "luck<1"'],
    [[FILE, '--stride', '5', '--origins', '5'], 'excludes origins'],
    [[FILE, '--min', '9', '--max', '3'], 'must be at most max, 3'],
    [[FILE, '--pod-start', '2m,1m'], '--pod-start'],
    [[FILE, '--bogus'], '--bogus'],
    [[FILE, FILE], 'a.csv: is given twice'],
    [[FILE, '--replay', 'false', '--tune'], '--replay "false" (flag): excludes tune'],
    [
      [FILE, '--replay', 'false', '--fail-if', 'skill<5\nshort_minutes>rival'],
      'excludes fail-if short_minutes>rival, which is measured in the replay',
    ],
    [[FILE, '--end', '2026-01-09'], '--end "2026-01-09" (flag): is for prom-url'],
    [[FILE, '--lead-time', '2h', '--horizon', '1h'], 'must be at most horizon, 1h'],
    [[FILE, '--step', '15m'], '--step 15m is finer than the data, whose rows are 1h apart'],
    [['/nowhere.csv'], 'cannot be read (ENOENT)'],
    [[FILE, '--cutoffs', '/nowhere.json'], 'cannot be read (ENOENT)'],
    [[FILE, '--dump', '/nowhere/a'], 'cannot be written (ENOENT)'],
    [[FILE, ...QUICK, '--html', '/nowhere/a'], 'cannot be written (ENOENT)'],
    [['--hpa-case', '/nowhere.json'], 'cannot be read (ENOENT)'],
  ])('is 64 for %j', async (argv, message) => {
    const { code, errors, output } = await run(argv as string[]);
    expect([code, output]).toEqual([64, '']);
    expect(errors).toContain(message);
  });

  it.each(['--dump', '--html'])('is 64 for a bad path of %s before any work', async (flag) => {
    const workers: string[] = [];
    const terminal = new FakeTerminal();
    const context = {
      ...{ env: {}, terminal, clock: systemClock, isWatched: false, stdin: async function* () {} },
      get workerUrl() {
        workers.push(flag);
        return null;
      },
      signal: new AbortController().signal,
    };
    expect(await backtest([FILE, ...QUICK, flag, '/nowhere/a'], context)).toBe(64);
    // Workers that nobody ends would keep the process alive.
    expect(workers).toEqual([]);
  });

  it('is 1 when the data is no good', async () => {
    const { code, errors } = await run([fileOf('empty.csv', 'timestamp,value\n')]);
    expect([code, errors]).toEqual([1, expect.stringContaining('has no row')]);
  });
});

it('kedastral backtest --help tells every group of options', async () => {
  const { code, output } = await run(['--help']);
  expect(code).toBe(0);
  for (const flag of ['--input', '--models', '--target-per-pod', '--pod-start', '--fail-if']) {
    expect(output).toContain(flag);
  }
});

it('kedastral backtest reads capacity from the environment, a flag before it', async () => {
  const env = { TARGET_PER_POD: '20', MIN: '3', HORIZON: 'not looked at' };
  const argv = [FILE, '--models', 'baseline', '--min', '4'];
  const { replay } = (await json(argv, { env })).series[0];
  expect(replay).toMatchObject({ targetPerPod: 20, minReplicas: 4, targetFrom: 'as given' });
});

it('kedastral backtest --tune proves what it found', async () => {
  const argv = [FILE, '--models', 'baseline', '--tune', '--replay-range', '1d'];
  const { tune } = (await json(argv)).series[0];
  expect(tune.candidates).toBeGreaterThan(10);
  expect(tune.searchedFromSeconds).toBeLessThan(tune.provedFromSeconds);
  expect(tune.interval.low).toBeLessThanOrEqual(tune.interval.high);
  expect(tune.verdict).toMatch(/^(Prediction helps|Stay reactive)/);
  expect(tune.optionLines.length > 0).toBe(tune.helps);
});

it.each(['seasonal-naive', 'baseline'])(
  'kedastral backtest --tune of %s prints options that give the proved numbers again',
  async (model) => {
    // It jumps every three hours, which only who looks ahead can be ready for.
    const rows = Array.from({ length: 10 * 96 }, (_, i) => {
      const isHigh = i % 12 < 4;
      return `${900 * i},${(isHigh ? 200 : 40) + ((i * 7919) % 5)}\n`;
    }).join('');
    const file = fileOf('jumps.csv', rows);
    const asked = ['--models', model, '--origins', '5', '--pod-start', '4m'];
    const argv = [file, ...asked, '--target-per-pod', '7', '--min', '3', '--max', '60'];
    const [{ tune }] = (await json([...argv, '--up-max-factor', '9', '--tune'])).series;
    expect(tune.helps, tune.verdict).toBe(true);
    const text = (tune.optionLines as string[]).join('\n');
    expect(text).toMatch(/^--model \S+\n--step 15m\n--horizon \S+\n--history 14d\n/);
    expect(text).toMatch(/\n--min 3\n--max 60\n--up-max-factor 9\n/);
    const lines = text.matchAll(/(--[a-z-]+) (\S+)$/gm);
    const again = [...lines].flatMap(([, name, value]) =>
      name === '--model' ? [] : [name, value],
    );
    const [{ replay }] = (await json([file, ...asked, ...(again as string[])])).series;
    const name = text.includes('--reactive-headroom') ? / \+ reactive$/ : /e$/;
    const row = replay.policies.find(
      ({ role, outcome }: { role: string; outcome: { policy: string } }) =>
        role === 'ours' && name.test(outcome.policy),
    );
    const { podHours, unservedTotal } = tune.comparison.ours;
    expect(row.outcome).toMatchObject({ podHours, unservedTotal });
  },
  60_000,
);

it('kedastral backtest says what it did not replay, and fails a gate on it by a code', async () => {
  const short = fileOf('short.csv', `timestamp,value\n${CSV.split('\n').slice(1, 61).join('\n')}`);
  const asked = [short, '--models', 'last-value', '--horizon', '1h', '--tune'];
  const { code, output, errors } = await run([...asked, '--fail-if', 'unserved>rival']);
  expect(errors).toContain(
    'short is neither replayed nor tuned: the last quarter holds 15 steps, 24 are needed',
  );
  expect(output).toContain('unserved>rival (cannot be judged: what it measures is not in this');
  expect(code).toBe(2);
  const both = ['--fail-if', 'unserved>rival', '--fail-if', 'skill<5'];
  expect((await run([short, '--models', 'last-value', '--horizon', '1h', ...both])).code).toBe(1);
});

it('kedastral backtest counts rows that it does not take, and negative demand', async () => {
  const rows = ROWS.map(([time], i) => `${time},${i % 24 === 3 ? -50 : 100 + (i % 24)}\n`);
  const odd = [`${ROWS[9]?.[0]},7\n`, `${ROWS[9]?.[0]},8\n`, `${ROWS[10]?.[0]},inf\n`];
  const file = fileOf('odd-rows.csv', [...rows, ...odd].join(''));
  const { code, errors } = await run([file, '--models', 'last-value']);
  expect(code, errors).toBe(0);
  expect(errors).toMatch(/odd-rows: 2 rows with the time of another \(the largest counts\)/);
  expect(errors).toMatch(/odd-rows: one row without a finite value \(taken as missing\)/);
  expect(errors).toMatch(/odd-rows: 3 of 72 replayed steps are negative: is it a demand\?/);
});

it('kedastral backtest prints the result when its page cannot be written after all', async () => {
  const { code, output, errors } = await run([FILE, ...QUICK, '--html', '/dev/full']);
  expect(code).toBe(64);
  expect(output).toContain('a: 288 steps of 1h');
  expect(errors).toContain('html /dev/full: cannot be written (ENOSPC)');
});

it('kedastral backtest --hpa-case prints a line for each sync', async () => {
  const hpaCase = { series: [{ t: 0, value: 5 }], maxReplicas: 10, durationSeconds: 60 };
  const { code, output } = await run(['--hpa-case', fileOf('c.json', JSON.stringify(hpaCase))]);
  expect(code).toBe(0);
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ t, specAfter }) => [t, specAfter])).toEqual([
    [15, 4],
    [30, 5],
    [45, 5],
    [60, 5],
  ]);
  expect(await run(['--hpa-case', '-'], { stdin: JSON.stringify(hpaCase) })).toMatchObject({
    code,
    output,
  });
});
