import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { overallOf } from '../src/backtest/overall.ts';
import type { ModelResult, SeriesResult } from '../src/backtest/result.ts';
import { type TaskRunner, workerRunner } from '../src/backtest/runner.ts';
import { type WalkOptions, walkForward } from '../src/backtest/walk.ts';
import { MODELS, OPTIONS } from '../src/config/options.ts';
import { loadProtocol, type ProtocolSeries, publishedBest } from '../test/protocol/data.ts';
import { cost, type Row, rate } from './row.ts';

/** Goals of the issue that this bench is the proof of. */
const SKILL_GOAL = 0.4;
const SKILL_LEAST = 0.37;
const BEHIND_BEST_MAX = 0.06;
const PINBALL_MAX = 0.19;
/** Levels, and the bounds of their coverage pooled over the series. */
const COVERAGE_GOALS = [
  [0.5, 0.47, 0.53],
  [0.9, 0.88, 0.92],
  [0.99, 0.98, 0.995],
] as const;
const DENSE_STRIDE = 10;
const DENSE_COVERAGE = [0.87, 0.93] as const;
const DENSE_SERIES_MIN = 10;
/** What predictive autoscalers claim as accuracy, by the time ahead. */
const CLAIMS = [
  { hours: 1, claimed: 0.98 },
  { hours: 6, claimed: 0.95 },
  { hours: 24, claimed: 0.9 },
  { hours: 168, claimed: 0.85 },
] as const;
const HORIZON_STEPS_MAX = 2_880;
const FAR_ORIGINS = 10;

const OPTIONS_OF_MODELS = {
  arima: { p: 'auto', d: 'auto', q: 'auto', constant: 'auto' },
  sarima: { p: 'auto', d: 'auto', q: 'auto', lengthSteps: 'auto' },
  byomUrl: '',
} as const;

/** `--model NAME` of bench/run.ts; else the ensemble where there is one, else the default model. */
function chosenModel(): string {
  const options = { model: { type: 'string' } } as const;
  const { values } = parseArgs({ options, strict: false });
  const names: readonly string[] = MODELS;
  const byDefault = names.includes('auto') ? 'auto' : OPTIONS.model.default;
  return typeof values.model === 'string' ? values.model : byDefault;
}

/** The forecasts of one model on the public series, beside the best peers and what is claimed. */
export async function bench(): Promise<Row[]> {
  const series = loadProtocol();
  if (!series) return [];
  const model = chosenModel();
  const runner = workerRunner(
    new URL('../dist/backtest.js', import.meta.url),
    availableParallelism(),
  );
  try {
    return [
      ...(await protocolRows(series, model, runner)),
      ...(await denseRows(series, model, runner)),
      ...(await claimRows(series, model, runner)),
    ];
  } finally {
    await runner.close();
  }
}

async function protocolRows(
  all: readonly ProtocolSeries[],
  model: string,
  runner: TaskRunner,
): Promise<Row[]> {
  const results: SeriesResult[] = [];
  const overLastValue: number[] = [];
  for (const series of all) {
    const result = await walked(series, series.cutoffs, model, runner);
    const { models } = await walked(series, series.cutoffs, 'last-value', runner);
    overLastValue.push((result.models[0] as ModelResult).mae / (models[0] as ModelResult).mae);
    results.push(result);
  }
  const best = publishedBest();
  const skills = results.map(({ name, models }) => {
    const { skill } = models[0] as ModelResult;
    const peer = best.get(name) ?? { name: '', skill: Number.NaN };
    const row = rate({
      ...{ name: `${model}: skill, ${name}`, unit: '', measured: skill },
      goal: peer.skill - BEHIND_BEST_MAX,
      peer: { name: `best: ${peer.name}`, measured: peer.skill },
    });
    // Skills lie on both sides of 0, so their quotient says nothing.
    return { ...row, ratio: null };
  });
  const [overall] = overallOf(results);
  if (!overall) return skills;
  const { skill, spl, accuracy, mase, fitMs, coverage } = overall;
  const about = (name: string, measured: number) => ({
    name: `${model}: ${name}`,
    unit: '',
    measured,
  });
  return [
    ...skills,
    rate({ ...about('skill, mean', skill), goal: SKILL_GOAL }),
    rate({ ...about('skill, mean, at least', skill), goal: SKILL_LEAST }),
    cost({ ...about('scaled pinball loss, mean', spl), goal: PINBALL_MAX }),
    ...COVERAGE_GOALS.flatMap(([level, low, high]) =>
      within(`${model}: cover of q${level}`, coverageAt(coverage, level), low, high),
    ),
    cost({ ...about('MAE / last value, worst', Math.max(...overLastValue)), goal: 1.05 }),
    rate(about('accuracy, mean', accuracy)),
    cost(about('MASE, geometric mean', mase)),
    cost({ ...about('fit and forecast, median', fitMs), unit: 'ms' }),
  ];
}

/** Coverage of the 0.9 quantile from every tenth step of the last quarter. */
async function denseRows(
  all: readonly ProtocolSeries[],
  model: string,
  runner: TaskRunner,
): Promise<Row[]> {
  const rows: Row[] = [];
  let held = 0;
  const [low, high] = DENSE_COVERAGE;
  for (const series of all) {
    const { models } = await walked(series, denseCutoffs(series), model, runner);
    const covered = coverageAt((models[0] as ModelResult).coverage, 0.9);
    if (covered >= low && covered <= high) held++;
    rows.push(...within(`${model}: cover of q0.9, dense, ${series.name}`, covered, low, high));
  }
  const name = `${model}: series of 12 that hold q0.9 on dense cutoffs`;
  return [...rows, rate({ name, unit: '', measured: held, goal: DENSE_SERIES_MIN })];
}

function denseCutoffs({ y, horizonSteps }: ProtocolSeries): number[] {
  const first = Math.floor((3 * y.length) / 4) - 1;
  const last = y.length - 1 - horizonSteps;
  const cutoffs: number[] = [];
  for (let cutoff = first; cutoff <= last; cutoff += DENSE_STRIDE) {
    if (!Number.isNaN(y[cutoff])) cutoffs.push(cutoff);
  }
  return cutoffs;
}

/** 1 − WAPE of all steps up to each time ahead, where step and length of the series allow it. */
async function claimRows(
  all: readonly ProtocolSeries[],
  model: string,
  runner: TaskRunner,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { hours, claimed } of CLAIMS) {
    const accuracies: number[] = [];
    for (const series of all) {
      const horizonSteps = (hours * 3_600) / series.stepSeconds;
      const first = Math.floor((3 * series.y.length) / 4) - 1;
      const last = series.y.length - 1 - horizonSteps;
      if (horizonSteps > HORIZON_STEPS_MAX || last <= first) continue;
      const cutoffs = Array.from(
        { length: FAR_ORIGINS },
        (_, k) => first + Math.floor((k * (last - first)) / (FAR_ORIGINS - 1)),
      ).filter((cutoff) => !Number.isNaN(series.y[cutoff]));
      const { models } = await walked({ ...series, horizonSteps }, cutoffs, model, runner);
      accuracies.push((models[0] as ModelResult).accuracy);
    }
    const mean = accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
    const name = `${model}: accuracy up to ${hours} h, mean of ${accuracies.length} (claimed)`;
    rows.push(rate({ name, unit: '', measured: mean, goal: claimed }));
  }
  return rows;
}

async function walked(
  series: ProtocolSeries,
  cutoffs: readonly number[],
  model: string,
  runner: TaskRunner,
): Promise<SeriesResult> {
  const values = new Float64Array(new SharedArrayBuffer(8 * series.y.length));
  values.set(series.y);
  const { name, stepSeconds, startSeconds, horizonSteps, windowSteps } = series;
  const grid = { name, stepSeconds, startSeconds, values, horizonSteps, windowSteps };
  const options: WalkOptions = { models: [model], modelOptions: OPTIONS_OF_MODELS };
  const { signal } = new AbortController();
  const models = await walkForward(grid, cutoffs, options, runner, () => {}, signal);
  return { ...grid, leadSteps: 1, cutoffs, models, replay: null, tune: null };
}

function coverageAt(coverage: ModelResult['coverage'], level: number): number {
  return coverage.find((one) => one.level === level)?.observed ?? Number.NaN;
}

/** A row whose goal is to lie between two bounds; the nearer one is shown. */
function within(name: string, measured: number, low: number, high: number): Row[] {
  const isLow = Math.abs(measured - low) < Math.abs(measured - high);
  const row = cost({ name: `${name}, ${low} to ${high}`, unit: '', measured });
  return [{ ...row, goal: isLow ? low : high, met: measured >= low && measured <= high }];
}
