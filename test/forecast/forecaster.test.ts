import { beforeAll, describe, expect, it } from 'vitest';
import type { DataAdapter, GridRange } from '../../src/adapters/adapter.ts';
import { History } from '../../src/features/history.ts';
import { Forecaster } from '../../src/forecast/forecaster.ts';
import { DEFAULT_LEVELS } from '../../src/forecast/quantiles.ts';
import { ladderFor } from '../../src/models/ladder.ts';
import { createModel } from '../../src/models/registry.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from '../models/options.ts';
import { DEFAULT_POLICY } from '../policy.ts';
import { VirtualClock } from '../virtual-clock.ts';

const STEP = 60;
/** A Monday, 00:00 UTC, and a multiple of the step. */
const START = Date.UTC(2026, 5, 1) / 1000;
const DAY = 86_400;

/** A day's shape between 1,000 and 6,000, in whole numbers. */
function demandAt(timeSeconds: number): number {
  const phase = ((timeSeconds % DAY) / DAY) * 2 * Math.PI;
  return Math.round(3500 - 2500 * Math.cos(phase) + ((timeSeconds / STEP) % 7) * 10);
}

/** A source that has one sample a step, changed by `alter`. */
class Source implements DataAdapter {
  readonly name = 'test';
  readonly asked: GridRange[] = [];
  answeredAtSeconds: number | null = null;

  constructor(private readonly alter: (time: number, value: number) => number | null) {}

  async collect(range: GridRange) {
    this.asked.push(range);
    const times: number[] = [];
    const values: number[] = [];
    for (let time = range.startSeconds; time <= range.endSeconds; time += range.stepSeconds) {
      const value = this.alter(time, demandAt(time));
      if (value === null) continue;
      times.push(time);
      values.push(value);
    }
    return {
      timesSeconds: Float64Array.from(times),
      values: Float64Array.from(values),
      answeredAtSeconds: this.answeredAtSeconds,
      warnings: [],
    };
  }
}

let kernel: Kernel;
let metrics: Metrics;
beforeAll(async () => {
  kernel = await loadKernel();
});

const never = new AbortController().signal;
const asItComes = (_time: number, value: number) => value;

const HISTORY = { stepSeconds: STEP, historySeconds: 3 * DAY, windowSeconds: 1800 };

function forecasterOf(
  source: Source,
  policy = DEFAULT_POLICY,
  { up = null as Source | null, deadbandProof = false } = {},
): Forecaster {
  const clock = new VirtualClock(START * 1000);
  metrics = new Metrics(clock, '0.0.0');
  return new Forecaster(
    {
      workload: 'my-api',
      metric: 'http_rps',
      stepSeconds: STEP,
      horizonSteps: 30,
      settleSeconds: 5,
      policy,
      quantileLevels: DEFAULT_LEVELS,
      leadTimeSeconds: 300,
      tickAgeMaxSeconds: 120,
      optionsId: 'test',
      deadbandProof,
    },
    {
      kernel,
      adapter: source,
      history: new History(HISTORY),
      up: up && { adapter: up, history: new History(HISTORY) },
      ladder: ladderFor('baseline').map((name) => createModel(name, kernel, MODEL_OPTIONS)),
      clock,
      metrics: metrics.forWorkload('my-api'),
      onWarning: () => undefined,
    },
  );
}

/** Half past nine: demand rises steeply. */
const MORNING = START + 9.5 * 3600;

describe('Forecaster', () => {
  it('fills the contract: lengths, cutoff, median, ids', async () => {
    const snapshot = await forecasterOf(new Source(asItComes)).forecast(MORNING + 17, never);
    expect(snapshot).toMatchObject({
      workload: 'my-api',
      metric: 'http_rps',
      generatedAt: '2026-06-01T09:30:17.000Z',
      cutoff: '2026-06-01T09:30:00.000Z',
      stepSeconds: 60,
      horizonSeconds: 1800,
      model: { requested: 'baseline', answered: 'baseline', reason: '' },
    });
    expect(snapshot.values).toHaveLength(30);
    expect(snapshot.desiredReplicas).toHaveLength(30);
    expect(snapshot.quantiles['0.5']).toEqual(snapshot.values);
    expect(Object.keys(snapshot.quantiles)).toEqual(DEFAULT_LEVELS.map(String));
  });

  it('waits until a step is settled', async () => {
    const snapshot = await forecasterOf(new Source(asItComes)).forecast(MORNING + 4, never);
    expect(snapshot.cutoff).toBe('2026-06-01T09:29:00.000Z');
  });

  it('says the same after a restart as an unbroken run does', async () => {
    const unbroken = forecasterOf(new Source(asItComes));
    let last = await unbroken.forecast(MORNING + 17, never);
    for (let k = 1; k <= 40; k++) last = await unbroken.forecast(MORNING + 17 + 30 * k, never);
    const restarted = forecasterOf(new Source(asItComes));
    const first = await restarted.forecast(MORNING + 17 + 30 * 40, never);
    expect(first).toEqual(last);
    expect(first.desiredReplicas[0]).toBeGreaterThan(16);
  });

  it('asks for the history once, then for the window', async () => {
    const source = new Source(asItComes);
    const forecaster = forecasterOf(source);
    await forecaster.forecast(MORNING + 17, never);
    await forecaster.forecast(MORNING + 47, never);
    const spans = source.asked.map((range) => range.endSeconds - range.startSeconds + STEP);
    expect(spans).toEqual([3 * DAY, 1800]);
  });

  it('says why every sample was refused, at each tick', async () => {
    const source = new Source((time) => (time % 120 === 0 ? 1e308 : Number.NaN));
    const forecaster = forecasterOf(source);
    const half = (3 * DAY) / 120;
    await expect(forecaster.forecast(MORNING + 17, never)).rejects.toMatchObject({
      code: 'adapter_no_data',
      message:
        'all samples of the data source were refused: ' +
        `${half} NaN or infinite, ${half} over 1000000000000000`,
    });
    await expect(forecaster.forecast(MORNING + 47, never)).rejects.toThrow('were refused');
  });

  it('says that what came since was refused when the newest good sample is old', async () => {
    const source = new Source((time, value) => (time > MORNING ? 1e308 : value));
    const forecaster = forecasterOf(source);
    await forecaster.forecast(MORNING + 17, never);
    await expect(forecaster.forecast(MORNING + 3 * 3600, never)).rejects.toMatchObject({
      code: 'adapter_late',
      message: expect.stringMatching(/10740 s older than .*; all samples .* 179 over 1/),
    });
  });

  it('loses neither forecast nor plan to one NaN in a good series', async () => {
    const clean = await forecasterOf(new Source(asItComes)).forecast(MORNING + 17, never);
    for (const lostSeconds of [60, 600, 7200]) {
      const lost = MORNING - lostSeconds;
      const source = new Source((time, value) => (time === lost ? Number.NaN : value));
      const snapshot = await forecasterOf(source).forecast(MORNING + 17, never);
      expect(snapshot.values.every((value) => value > 1000)).toBe(true);
      const off = snapshot.desiredReplicas.map((n, i) => n - (clean.desiredReplicas[i] as number));
      expect(off.every((replicas) => Math.abs(replicas) <= 2)).toBe(true);
      expect(snapshot.dataQuality).toMatchObject({ missing: 1, rejected: { not_finite: 1 } });
    }
  });

  it('refuses a tick whose sample has not come: silence is not a forecast', async () => {
    const silent = new Source((time, value) => (time > MORNING - 120 ? null : value));
    await expect(forecasterOf(silent).forecast(MORNING + 17, never)).rejects.toMatchObject({
      code: 'adapter_late',
    });
    const dead = new Source(() => null);
    await expect(forecasterOf(dead).forecast(MORNING + 17, never)).rejects.toMatchObject({
      code: 'adapter_no_data',
    });
  });

  it('plans for the quantile, without headroom, when a level is set', async () => {
    const policy = { ...DEFAULT_POLICY, quantileLevel: 0.9 };
    const snapshot = await forecasterOf(new Source(asItComes), policy).forecast(
      MORNING + 17,
      never,
    );
    const { values, quantiles, peak } = snapshot;
    const p90 = quantiles['0.9'] ?? [];
    expect(peak).toMatchObject({ leadTimeSeconds: 300, steps: 6, method: 'conformal' });
    expect(peak.factor).toBeGreaterThanOrEqual(1);
    const demand = values.map((value, i) => value + peak.factor * ((p90[i] ?? 0) - value));
    expect(snapshot.plan.need).toEqual(demand.map((each) => each / DEFAULT_POLICY.targetPerPod));
    // The highest demand that is planned for in the lead-time window is the peak's quantile.
    expect(Math.max(...demand.slice(0, 6))).toBeCloseTo(peak.quantiles['0.9'] ?? 0, 6);
  });

  it('never plans below zero demand', async () => {
    const zero = await forecasterOf(new Source(() => 0)).forecast(MORNING + 17, never);
    expect(zero.values.every((value) => value === 0)).toBe(true);
    expect(zero.desiredReplicas.every((replicas) => replicas === 2)).toBe(true);
  });

  it('lifts over pods that a restart derives as an unbroken run does', async () => {
    const proof = () =>
      forecasterOf(new Source(asItComes), DEFAULT_POLICY, { deadbandProof: true });
    const plain = forecasterOf(new Source(asItComes));
    const unbroken = proof();
    let lifts = 0;
    for (let k = 0; k <= 40; k++) {
      const tick = MORNING + 17 + 30 * k;
      const made = await unbroken.forecast(tick, never);
      const without = (await plain.forecast(tick, never)).desiredReplicas;
      expect(made.deadband?.without).toEqual(without);
      made.desiredReplicas.forEach((replicas, i) => {
        const planned = without[i] as number;
        expect(replicas).toBeGreaterThanOrEqual(planned);
        if (replicas > planned) lifts++;
      });
      if (k === 40) expect(await proof().forecast(tick, never)).toEqual(made);
    }
    expect(lifts).toBeGreaterThan(0);
  });
});

describe('poison', () => {
  const NOON = START + 12 * 3600;
  const plan = async (source: Source, at = NOON + 17) =>
    (await forecasterOf(source).forecast(at, never)).desiredReplicas;
  const since = (seconds: number, alter: (value: number) => number) =>
    new Source((time, value) => (time > NOON - seconds ? alter(value) : value));
  const lowest = (more: readonly number[], less: readonly number[]) =>
    Math.min(...more.map((replicas, i) => replicas - (less[i] as number)));

  it.each([
    ['zeros', 'zero', () => 0],
    ['a dip', 'spike', (value: number) => value / 20],
    ['another unit', 'unit', (value: number) => value / 1000],
    ['a negative rate', 'negative', (value: number) => -value],
    ['one value over and over', 'frozen', () => 5000],
  ] as const)('%s at the end make no forecast, and are counted once', async (_, reason, alter) => {
    const steps = reason === 'frozen' ? 40 : 2;
    const forecaster = forecasterOf(since(steps * STEP, alter));
    for (const tick of [NOON + 17, NOON + 47]) {
      const refused = forecaster.forecast(tick, never);
      await expect(refused).rejects.toMatchObject({ code: 'sample_doubtful' });
    }
    const { body } = await metrics.scrape();
    const counted = reason === 'frozen' ? steps - 1 : steps;
    expect(body).toContain(
      `samples_rejected_total{workload="my-api",reason="${reason}"} ${counted}`,
    );
  });

  it.each([
    ['zeros', () => 0],
    ['a spike', (value: number) => value * 50],
    ['another unit', (value: number) => value * 1000],
    ['a negative rate', (value: number) => -value],
  ] as const)('%s that are over lower nothing', async (_, alter) => {
    const clean = await plan(new Source(asItComes));
    const isPast = (time: number) => time > NOON - 40 * STEP && time <= NOON - 38 * STEP;
    const spoiled = new Source((time, value) => (isPast(time) ? alter(value) : value));
    const snapshot = await forecasterOf(spoiled).forecast(NOON + 17, never);
    expect(lowest(snapshot.desiredReplicas, clean)).toBeGreaterThanOrEqual(-1);
    expect(lowest(clean, snapshot.desiredReplicas)).toBeGreaterThanOrEqual(-1);
    const { rejected, doubtful } = snapshot.dataQuality;
    expect(Object.values(rejected).reduce((a, b) => a + b, 0)).toBe(2);
    expect(doubtful).toBeNull();
  });

  it('high values count at once, whatever they turn out to be', async () => {
    const clean = await plan(new Source(asItComes));
    let last = clean;
    for (const factor of [1.5, 2, 4, 20, 1000]) {
      const snapshot = await forecasterOf(since(STEP, (v) => v * factor)).forecast(
        NOON + 17,
        never,
      );
      expect(lowest(snapshot.desiredReplicas, last)).toBeGreaterThanOrEqual(0);
      last = snapshot.desiredReplicas;
      if (factor < 20) continue;
      const floor = demandAt(NOON) * factor;
      const reason = factor === 1000 ? 'unit' : 'spike';
      expect(snapshot.dataQuality.doubtful).toEqual({ reason, floor });
      expect(Math.max(...last)).toBe(DEFAULT_POLICY.maxReplicas);
    }
  });

  it('a fall that stays is a new level after a few steps', async () => {
    const tenthFor = (steps: number) => plan(since(steps * STEP, (v) => v / 10));
    await expect(tenthFor(3)).rejects.toThrow('doubtful (spike)');
    const [first = 0] = await tenthFor(8);
    expect(first).toBeLessThan(((await plan(new Source(asItComes)))[0] as number) / 2);
  });

  it('up-query tells zero demand from a dead exporter', async () => {
    const zeros = () => since(6 * STEP, () => 0);
    const alive = forecasterOf(zeros(), DEFAULT_POLICY, { up: new Source(() => 1) });
    expect((await alive.forecast(NOON + 17, never)).cutoff).toBe('2026-06-01T12:00:00.000Z');
    const dead = forecasterOf(zeros(), DEFAULT_POLICY, { up: new Source(() => 0) });
    await expect(dead.forecast(NOON + 17, never)).rejects.toThrow('(exporter_down)');
    const unknown = forecasterOf(zeros(), DEFAULT_POLICY, { up: new Source(() => null) });
    await expect(unknown.forecast(NOON + 17, never)).rejects.toThrow('(zero)');
  });

  it('is judged after a restart as an unbroken run judges it', async () => {
    const poisoned = () =>
      new Source((time, value) => {
        const step = Math.round((time - MORNING) / STEP);
        return step > 0 && step % 11 === 3 ? value * 30 : step % 17 === 4 ? 0 : value;
      });
    const unbroken = forecasterOf(poisoned());
    for (let k = 0; k < 40; k++) {
      const tick = MORNING + 17 + 60 * k;
      const answer = async (forecaster: Forecaster) =>
        forecaster.forecast(tick, never).catch((fault: Error) => fault.message);
      const there = await answer(unbroken);
      if (k % 8 === 7) expect(await answer(forecasterOf(poisoned()))).toEqual(there);
    }
  });

  it('a clock that is ahead is noticed, though the source answers for its future', async () => {
    const source = new Source(asItComes);
    const forecaster = forecasterOf(source);
    source.answeredAtSeconds = NOON - 1;
    await forecaster.forecast(NOON + 17, never);
    source.answeredAtSeconds = NOON - 2;
    await expect(forecaster.forecast(NOON + 17, never)).rejects.toMatchObject({
      code: 'clock_ahead',
      message: 'the sample due lies 2 s in the future of the data source',
    });
  });

  it('a clock that was set back is noticed by the clock of the source', async () => {
    const source = new Source(asItComes);
    const forecaster = forecasterOf(source);
    source.answeredAtSeconds = NOON + 17;
    await forecaster.forecast(NOON + 17, never);
    source.answeredAtSeconds = NOON + 137;
    await forecaster.forecast(NOON + 17, never);
    source.answeredAtSeconds = NOON + 138;
    await expect(forecaster.forecast(NOON + 17, never)).rejects.toMatchObject({
      code: 'clock_behind',
      message: 'this clock is 121 s behind that of the data source',
    });
  });
});
