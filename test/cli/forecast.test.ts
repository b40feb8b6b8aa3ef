import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { forecast } from '../../src/cli/forecast.ts';
import { FakeTerminal } from './terminal.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/kedastral.js', import.meta.url));
const START = Date.UTC(2026, 0, 5) / 1000;
const HOUR = 3600;

/** Four days of hours with a day's shape. */
const HOURLY = Array.from({ length: 96 }, (_, i) => {
  const time = new Date((START + i * HOUR) * 1000).toISOString();
  return `${time},${100 + ((i * 7) % 24)}\n`;
}).join('');

async function run(argv: string[], isInteractive = false, csv = HOURLY, input = 'a.csv') {
  const terminal = new FakeTerminal(isInteractive, { 'a.csv': csv, '-': csv });
  const code = await forecast(['--input', input, ...argv], terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

describe('kedastral forecast --json', () => {
  it('has the contract’s fields', async () => {
    const { code, output } = await run(['--model', 'seasonal-naive', '--json', '--horizon', '2h']);
    expect(code).toBe(0);
    const answer = JSON.parse(output);
    expect(Object.keys(answer)).toEqual(
      ['series', 'model', 'values', 'standardErrors', 'quantiles'], // and nothing else
    );
    expect(answer.series).toEqual({
      points: 96,
      stepSeconds: 3600,
      cutoff: '2026-01-08T23:00:00Z',
    });
    expect(answer.model.name).toBe('seasonal-naive');
    expect(answer.values).toEqual([100, 107]);
    expect(answer.standardErrors).toHaveLength(2);
    expect(answer.quantiles['0.5']).toEqual(answer.values);
    expect(answer.quantiles['0.9']).toHaveLength(2);
  });

  it('forecasts 24 steps when they are long, 30 minutes when they are short', async () => {
    const valuesOf = async (csv: string, argv: string[] = []) =>
      JSON.parse((await run(['--json', ...argv], false, csv)).output).values;
    expect(await valuesOf(HOURLY)).toHaveLength(24);
    expect(await valuesOf('0,1\n60,2\n120,3\n')).toHaveLength(30);
    expect(await valuesOf('0,1\n10,2\n20,3\n')).toHaveLength(180);
    expect(await valuesOf(HOURLY, ['--horizon', '7'])).toHaveLength(7);
    expect(await valuesOf(HOURLY, ['--step', '2h', '--horizon', '1d'])).toHaveLength(12);
  });

  it('gives the quantiles asked for', async () => {
    const argv = ['--json', '--model', 'last-value', '--quantile', '0.1', '--quantile=0.999'];
    const { quantiles } = JSON.parse((await run(argv)).output);
    expect(quantiles['0.1'][0]).toBeLessThan(quantiles['0.5'][0]);
    expect(quantiles['0.999'][0]).toBeGreaterThan(quantiles['0.99'][0]);
  });

  it('does not see what comes after --at', async () => {
    const argv = ['--json', '--model', 'last-value', '--at', '2026-01-06T00:30:00Z'];
    const { series, values } = JSON.parse((await run(argv)).output);
    expect(series).toMatchObject({ points: 25, cutoff: '2026-01-06T00:00:00Z' });
    expect(values[0]).toBe(100);
  });
});

describe('kedastral forecast --model arima', () => {
  const FIELDS = [
    ...['name', 'order', 'seasonal', 'ar', 'ma', 'seasonalAr', 'seasonalMa', 'constant'],
    ...['sigma2', 'logLikelihood', 'aicc'],
  ];
  /** A stationary series without a rhythm, by a linear congruential generator. */
  let state = 1;
  const RANDOM = Array.from({ length: 120 }, (_, i) => {
    state = (state * 48_271) % 2_147_483_647;
    return `${START + i * HOUR},${100 + (state % 1000) / 50}\n`;
  }).join('');
  const answerTo = async (argv: string[]) => {
    const { output, errors } = await run(['--json', ...argv], false, RANDOM);
    expect(errors).toBe('');
    return JSON.parse(output);
  };

  it('describes the fit', async () => {
    const argv = ['--model', 'arima', '--arima-p', '1', '--arima-d', 'none', '--arima-q', '1'];
    const { model } = await answerTo(argv);
    expect(Object.keys(model)).toEqual(expect.arrayContaining(FIELDS));
    expect(model).toMatchObject({ name: 'arima', order: [1, 0, 1], seasonal: null });
    expect([model.ar.length, model.ma.length]).toEqual([1, 1]);
    expect(model.constant).toBeCloseTo(110, -1);
  });

  it('takes one day as the season of sarima', async () => {
    const orders = ['--arima-p', '1', '--arima-d', 'none', '--arima-q', 'none', '--sarima-p', '1'];
    const argv = ['--model', 'sarima', ...orders, '--sarima-d', 'none', '--sarima-q', 'none'];
    const { model } = await answerTo(argv);
    expect(model).toMatchObject({ name: 'sarima', order: [1, 0, 0], seasonal: [1, 0, 0, 24] });
    expect((await answerTo([...argv, '--sarima-s', '12'])).model.seasonal).toEqual([1, 0, 0, 12]);
  });

  it('evaluates at parameters instead of fitting: an AR(1) by hand', async () => {
    const params = '{"ar":[0.5],"constant":100,"sigma2":4}';
    const argv = ['--model', 'arima', '--arima-params', params, '--horizon', '2'];
    const { model, values, standardErrors } = await answerTo(argv);
    expect(model).toMatchObject({ order: [1, 0, 0], ar: [0.5], ma: [], constant: 100, sigma2: 4 });
    const last = Number(RANDOM.trimEnd().split(',').at(-1));
    expect(values[0]).toBeCloseTo(100 + 0.5 * (last - 100), 9);
    expect(values[1]).toBeCloseTo(100 + 0.25 * (last - 100), 9);
    expect(standardErrors[0]).toBeCloseTo(2, 9);
    expect(standardErrors[1]).toBeCloseTo(2 * Math.sqrt(1.25), 9);
  });

  it('evaluates where it was fitted to the same likelihood', async () => {
    const argv = ['--model', 'arima', '--arima-p', '2', '--arima-d', '1', '--arima-q', '1'];
    const fitted = await answerTo(argv);
    const { ar, ma, seasonalAr, seasonalMa, constant, sigma2 } = fitted.model;
    const given = { ar, ma, seasonalAr, seasonalMa, constant, sigma2 };
    const params = ['--arima-params', JSON.stringify(given)];
    const again = await answerTo([...argv, ...params]);
    const { logLikelihood } = fitted.model;
    expect(again.model.logLikelihood / logLikelihood).toBeCloseTo(1, 6);
    expect(again.values[0] / fitted.values[0]).toBeCloseTo(1, 6);
  });

  it.each([
    [['--arima-params', '{}'], 'needs model arima or sarima'],
    [['--model', 'arima', '--arima-params', '{"seasonalAr":[0.1]}'], 'they need model sarima'],
    [['--model', 'arima', '--arima-params', '{"ar":[1],"x":2}'], 'must be a JSON object'],
    [['--model', 'arima', '--arima-params', '{"ar":["1"]}'], 'must be a JSON object'],
    [['--model', 'arima', '--arima-params', '{"ar":[1,1,1,1,1,1]}'], 'must be a JSON object'],
    [['--model', 'arima', '--arima-params', '{"sigma2":0}'], 'must be a JSON object'],
    [['--model', 'arima', '--arima-params', '{"constant":1e999}'], 'must be a JSON object'],
    [['--model', 'arima', '--arima-params', '[]'], 'must be a JSON object'],
    [['--model', 'arima', '--arima-params', '{'], 'must be a JSON object'],
    [
      ['--model', 'arima', '--arima-p', '2', '--arima-params', '{"ar":[0.5]}'],
      'has 1 numbers in ar, arima-p is 2',
    ],
    [
      ['--model', 'arima', '--arima-constant', 'on', '--arima-params', '{"ar":[0.5]}'],
      'has no constant, arima-constant is on',
    ],
    [
      ['--model', 'arima', '--arima-d', '2', '--arima-params', '{"constant":1}'],
      'differenced more than once',
    ],
  ])('%j is a usage error', async (argv, message) => {
    const { code, errors } = await run(argv);
    expect(code).toBe(64);
    expect(errors).toContain(message);
  });

  it('refuses parameters outside the stationary region', async () => {
    const { code, errors } = await run(['--model', 'arima', '--arima-params', '{"ar":[1.5]}']);
    expect(code).toBe(1);
    expect(errors).toContain('must be stationary and invertible (model_option)');
  });
});

describe('kedastral forecast', () => {
  it('prints every step when no person reads', async () => {
    const { output } = await run(['--model', 'last-value', '--horizon', '12h']);
    expect(output).toContain('96 steps of 3600 s up to 2026-01-08T23:00:00Z\nlast-value');
    expect(output.match(/^2026-/gm)).toHaveLength(12);
    expect(output).not.toContain('┤');
  });

  it('shows what the model says of itself', async () => {
    expect((await run([])).output).toMatch(
      /^auto, seasons \(day\), .+\n {2}candidates \(first step → last step\):\n {4}blend .+ → /m,
    );
    expect((await run(['--model', 'baseline'])).output).toMatch(
      /^baseline\n {2}weights \(first step → last step\):\n {4}[a-z ]+ \d\.\d\d → \d\.\d\d$/m,
    );
    expect((await run([])).output).toMatch(/^until +forecast /m);
    const argv = ['--model', 'arima', '--arima-p', '1', '--arima-d', 'none', '--arima-q', 'none'];
    expect((await run(argv)).output).toMatch(/^arima, order \(1 0 0\), ar \(.+\), constant /m);
  });

  it('draws a chart and a short table on a terminal', async () => {
    const { output } = await run(['--horizon', '24h'], true);
    expect(output.match(/┤/g)).toHaveLength(14);
    expect(output.match(/^2026-/gm)?.length).toBeLessThanOrEqual(10);
    expect(output).toContain('2026-01-09T23:00:00Z');
  });

  it('fails aloud when the model refuses: no other one answers for it', async () => {
    const csv = `${START},1\n${START + 60},2\n`;
    const { code, output, errors } = await run(['--model', 'seasonal-naive'], false, csv);
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toMatch(/^kedastral forecast: .*\(series_too_short\)\n$/);
  });

  it.each([
    [['--model', 'prophet'], '--model "prophet" (flag): must be one of auto, baseline'],
    [['--model', 'byom'], '--byom-url (not set): is needed by model byom'],
    [['--horizon', '90m'], '--horizon "1h30m" (flag): must be a whole number of steps of 3600 s'],
    [['--horizon', '0'], '--horizon "0" (flag): must be a duration such as 24h'],
    [['--step', '500ms'], '--step "500ms" (flag): must be'],
    [['--at', 'yesterday'], '--at "yesterday" (flag): must be a time'],
    [['--quantile', '1.5'], '--quantile "1.5" (flag): must be a number between 0 and 1'],
    [['--lead-time', '1m'], '--lead-time (flag): unknown'],
  ])('%j is a usage error', async (argv, message) => {
    const { code, output, errors } = await run(argv);
    expect(code).toBe(64);
    expect(output).toBe('');
    expect(errors).toContain(message);
  });

  it('says what it did with rows that it could not take', async () => {
    const last = HOURLY.split('\n')[95];
    const more = '2026-01-09T00:00:00Z,\n2026-01-09T01:00:00Z,2e15\n';
    const csv = `${HOURLY}${last}\n${more}`;
    const { code, errors } = await run(['--model', 'last-value'], false, csv);
    expect(code).toBe(0);
    expect(errors).toBe(
      'kedastral forecast: one row with the time of another (the largest counts), ' +
        'one row without a finite value (taken as missing), ' +
        'one row beyond ±1000000000000000 (taken as missing)\n',
    );
  });

  it('shows no code of the kernel to people', async () => {
    const { errors } = await run(['--model', 'seasonal-naive'], false, '0,1\n60,2\n');
    expect(errors).toContain('(series_too_short)');
    expect(errors).not.toContain('result');
  });

  it('says that its input cannot be read', async () => {
    const { code, errors } = await run([], false, HOURLY, 'none.csv');
    expect(code).toBe(1);
    expect(errors).toBe('kedastral forecast: --input none.csv: ENOENT (adapter_unreachable)\n');
  });

  it('has a help of its own', async () => {
    for (const flag of ['--help', '-h']) {
      const { code, output } = await run([flag]);
      expect(code).toBe(0);
      expect(output).toContain('--arima-p order');
    }
  });
});

describe('dist/kedastral.js', () => {
  const start = (...argv: string[]) => promisify(execFile)(process.execPath, [PROGRAM, ...argv]);

  it('forecasts standard input', async () => {
    const running = start('forecast', '--input', '-', '--json');
    running.child.stdin?.end(HOURLY);
    const { stdout, stderr } = await running;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).values).toHaveLength(24);
  });

  it('knows its version and its commands', async () => {
    const [version, help, short] = await Promise.all(
      ['--version', '--help', '-h'].map((flag) => start(flag)),
    );
    expect(version?.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(short?.stdout).toBe(help?.stdout);
    for (const command of ['forecast', 'check', 'sidecar']) expect(help?.stdout).toContain(command);
  });

  it('suggests the command that was meant, exit code 64', async () => {
    await expect(start('forcast')).rejects.toMatchObject({
      code: 64,
      stderr: expect.stringContaining('did you mean forecast?'),
    });
  });

  it('starts the sidecar', async () => {
    const { stdout } = await start('sidecar', '--print-config', '--max', '9');
    expect(stdout).toContain('max: 9 # flag\n');
  });
});
