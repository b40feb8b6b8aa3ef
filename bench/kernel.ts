import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { KernelExports } from '../src/wasm/abi.ts';
import { Kernel } from '../src/wasm/kernel.ts';
import { cumulate, simulate } from '../test/arima/fitting.ts';
import { fitPlain } from './plain-arima.ts';
import { cost, percentile, type Row, rate } from './row.ts';

/** CommonJS, and typed as such. */
const NpmArima = createRequire(import.meta.url)('arima') as typeof import('arima');

const POINTS = 1_000;
const HORIZON = 30;
const SEASON = 24;
const DIRECT_POINTS = 4_032;
const DIRECT_HORIZON = 12;
/** More than any of these fits needs: one slice. */
const UNITS = 2_000_000_000;
const CONDITIONAL = 2;
/**
 * Methods of npm arima: exact likelihood, and the fastest one, conditional sum of squares alone.
 */
const NPM_ML = 0;
const NPM_CSS = 2;
/** Tries of each, of which the lower quartile counts: what neighbours take is not the task's. */
const BATCHES = 41;
/** Seconds of one try, long against the clock's grain. */
const BATCH_SECONDS = 0.002;

/** Microseconds of one call, after enough calls for the compilers to have done their work. */
function microseconds(task: () => void): number {
  const timed = (calls: number): number => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) task();
    return Number(process.hrtime.bigint() - start) / 1000 / calls;
  };
  let calls = 1;
  while (timed(calls) * calls < BATCH_SECONDS * 1e6 && calls < 1e6) calls *= 2;
  const batches = Array.from({ length: 2 * BATCHES }, () => timed(calls));
  return percentile(batches.slice(BATCHES), 0.25);
}

/** ARIMA(1,1,1), φ = 0.5, θ = −0.3. */
function walk(): Float64Array {
  return Float64Array.from(cumulate(simulate(POINTS, [0.5], [-0.3], 3), 1000));
}

/** SARIMA(1,1,1)(0,1,1)24, φ = 0.5, θ = −0.7, Θ = −0.6. */
function seasonal(): Float64Array {
  const w = simulate(POINTS, [0.5], [-0.7], 4);
  const u = w.map((value, t) => value - 0.6 * (w[t - SEASON] ?? 0));
  const y: number[] = [];
  for (const [t, value] of u.entries()) y.push(value + (y[t - SEASON] ?? 0));
  return Float64Array.from(cumulate(y, 1000));
}

/** Two weeks of five-minute steps: a day, a weekend and noise. */
function operational(): Float64Array {
  const steps = simulate(DIRECT_POINTS, [0.8], [], 5);
  return Float64Array.from(steps, (value, i) => {
    const busy = Math.floor(i / 288) % 7 < 5 ? 1 : 0.6;
    return busy * (100 + 40 * Math.sin((2 * Math.PI * i) / 288)) + 3 * value;
  });
}

type Orders = readonly [
  p: number,
  d: number,
  q: number,
  P: number,
  D: number,
  Q: number,
  s: number,
];
const ARIMA: Orders = [1, 1, 1, 0, 0, 0, 0];
const SARIMA: Orders = [1, 1, 1, 0, 1, 1, SEASON];

function run(kernel: Kernel, values: Float64Array, orders: Orders, mode: number): void {
  kernel.write('historyPtr', values);
  kernel.call((guest) => guest.arimaBegin(values.length, ...orders, 0, mode));
  kernel.call((guest) => guest.arimaAdvance(UNITS));
}

const DAY_STEPS = 288;
const WEEK_STEPS = 2_016;

function harmonic(kernel: Kernel, values: Float64Array): void {
  kernel.write('historyPtr', values);
  kernel.call((guest) => guest.harmonicBegin(values.length, DAY_STEPS, WEEK_STEPS));
  kernel.call((guest) => guest.harmonicAdvance(UNITS));
}

function mstl(kernel: Kernel, values: Float64Array, trendKind: number): void {
  kernel.write('historyPtr', values);
  kernel.call((guest) => guest.mstlBegin(values.length, DAY_STEPS, WEEK_STEPS, trendKind));
  kernel.call((guest) => guest.mstlAdvance(UNITS));
}

function direct(kernel: Kernel, values: Float64Array): void {
  kernel.write('historyPtr', values);
  kernel.call((guest) => guest.directFit(values.length, 300, 1_767_571_200, DIRECT_HORIZON));
  kernel.call((guest) => guest.directAdvance(UNITS));
}

function plan(guest: KernelExports): number {
  return guest.plan(HORIZON, 1.2, 200, 2, 50, 2, 50, -1);
}

function npmArima(values: Float64Array, orders: Orders, method: number): () => void {
  const [p, d, q, P, D, Q, s] = orders;
  const series = [...values];
  const options = { p, d, q, P, D, Q, s, method, verbose: false };
  return () => {
    const model = new NpmArima(options).train(series);
    model.predict(HORIZON);
    model.destroy();
  };
}

/** The kernel against npm `arima` (C compiled to WebAssembly) and a twin in plain JavaScript. */
export async function bench(): Promise<Row[]> {
  const kernel = await Kernel.load(
    await readFile(new URL('../dist/kedastral.wasm', import.meta.url)),
  );
  const y = walk();
  const ys = seasonal();
  const forecast = () => kernel.call((guest) => guest.arimaForecast(HORIZON, UNITS));

  const whole = microseconds(() => {
    run(kernel, y, ARIMA, CONDITIONAL);
    forecast();
    kernel.write('demandPtr', kernel.read('meanPtr', HORIZON));
    kernel.call(plan);
  });
  const forecastAlone = microseconds(forecast);
  const planAlone = microseconds(() => kernel.call(plan));
  const conditional = microseconds(() => {
    run(kernel, y, ARIMA, CONDITIONAL);
    forecast();
  });
  const exact = microseconds(() => run(kernel, y, ARIMA, 0));
  const seasonalConditional = microseconds(() => run(kernel, ys, SARIMA, CONDITIONAL));
  const seasonalExact = microseconds(() => run(kernel, ys, SARIMA, 0));
  const load = operational();
  const directWhole = microseconds(() => direct(kernel, load)) / 1_000;
  const plain = microseconds(() => fitPlain(y, HORIZON));
  const npm = microseconds(npmArima(y, ARIMA, NPM_CSS));
  const npmExact = microseconds(npmArima(y, ARIMA, NPM_ML));
  const npmSeasonal = microseconds(npmArima(ys, SARIMA, NPM_CSS));

  const weeks = operational();
  const harmonicMs = microseconds(() => harmonic(kernel, weeks)) / 1000;
  const mstlEtsMs = microseconds(() => mstl(kernel, weeks, 0)) / 1000;
  const mstlArimaMs = microseconds(() => mstl(kernel, weeks, 1)) / 1000;

  const unit = 'µs';
  const npmPeer = { name: 'npm arima, CSS + forecast 30', measured: npm };
  return [
    cost({
      ...{ name: 'ARIMA(1,1,1) CSS + forecast 30 + plan 30', unit, measured: whole, goal: 12.5 },
      peer: npmPeer,
    }),
    rate({
      ...{ name: 'ARIMA(1,1,1) CSS + forecast 30 against npm arima', unit: '× as fast' },
      ...{ measured: npm / conditional, goal: 60 },
    }),
    cost({
      ...{ name: 'ARIMA(1,1,1) CSS + forecast 30', unit, measured: conditional },
      peer: { name: 'twin in plain JavaScript', measured: plain },
    }),
    cost({
      ...{ name: 'ARIMA(1,1,1) exact ML', unit, measured: exact, goal: 30 },
      peer: { name: 'npm arima, ML + forecast 30', measured: npmExact },
    }),
    cost({
      ...{ name: 'SARIMA(1,1,1)(0,1,1)24 CSS', unit, measured: seasonalConditional, goal: 50 },
      peer: { name: 'npm arima, CSS + forecast 30', measured: npmSeasonal },
    }),
    cost({ name: 'SARIMA(1,1,1)(0,1,1)24 exact ML', unit, measured: seasonalExact }),
    cost({
      name: `direct on ${DIRECT_POINTS} points, walked forward, + forecast ${DIRECT_HORIZON}`,
      ...{ unit: 'ms', measured: directWhole, goal: 60 },
    }),
    cost({ name: 'harmonic, 4,032 points', unit: 'ms', measured: harmonicMs, goal: 30 }),
    cost({ name: 'MSTL + ETS, 4,032 points', unit: 'ms', measured: mstlEtsMs, goal: 30 }),
    cost({ name: 'MSTL + ARIMA, 4,032 points', unit: 'ms', measured: mstlArimaMs, goal: 30 }),
    cost({ name: 'forecast of 30 steps', unit, measured: forecastAlone, goal: 0.1 }),
    cost({ name: 'plan of 30 steps', unit, measured: planAlone, goal: 0.25 }),
  ];
}
