import { planCapacity } from '../src/capacity/planner.ts';
import { guard } from '../src/features/guard.ts';
import type { Model } from '../src/models/model.ts';
import { createModel } from '../src/models/registry.ts';
import type { Kernel } from '../src/wasm/kernel.ts';
import { loadKernel } from '../src/wasm/load.ts';
import { MODEL_OPTIONS } from '../test/models/options.ts';
import { DEFAULT_POLICY } from '../test/policy.ts';
import { contextWindow, loadProtocol, type ProtocolSeries } from '../test/protocol/data.ts';
import { cost, percentile, type Row } from './row.ts';

/** What is done to a value; `first` is the first of the stretch. */
type Alter = (value: number, first: number) => number;

/** Kinds of faults and how many steps they last. */
const KINDS: readonly (readonly [string, number, Alter])[] = [
  ['spike ×20', 1, (value) => value * 20],
  ['dip to a 20th', 1, (value) => value / 20],
  ['dead exporter, zeros', 30, () => 0],
  ['gap', 30, () => Number.NaN],
  ['negative rate', 1, (value) => -value],
  ['unit ×1000', 15, (value) => value * 1000],
  ['unit ÷1000', 15, (value) => value / 1000],
  ['frozen', 60, (_value, first) => first],
];
/** What lasts a day is a new level. */
const LASTING_SECONDS_MAX = 12 * 3600;
const LEAD_SECONDS = 300;
/** A plan is lowered when it lacks more pods than this of what the clean history asks for. */
const SMALL_PODS = 1;
const SMALL_SHARE = 0.1;
const RUNS = 200;
/** Pods at the busiest. */
const PODS = 20;

/**
 * Faults put into the real series at seeded places: how often a fault that lasts lowers the plan,
 * and how much one that is over worsens the forecast, with the guard and without.
 */
export async function bench(): Promise<Row[]> {
  const all = loadProtocol();
  if (!all) return [];
  const kernel = await loadKernel();
  const model = createModel('baseline', kernel, MODEL_OPTIONS);
  const rows: Row[] = [await timeRow(all)];
  for (const [kind, steps, alter] of KINDS) {
    const tally = { cases: 0, lowered: [0, 0], errors: [0, 0, 0] };
    for (const series of all) {
      const lasting = Math.min(steps, Math.floor(LASTING_SECONDS_MAX / series.stepSeconds));
      await poison({ kernel, model, series, steps: lasting, alter }, tally);
    }
    const [guarded = 0, bare = 0] = tally.lowered.map((count) => count / tally.cases);
    const name = `${kind}, going on: plans lowered`;
    const peer = { name: 'unguarded', measured: bare };
    rows.push(cost({ name, unit: 'share', measured: guarded, peer }));
    const [clean = 0, with_ = 0, without = 0] = tally.errors;
    rows.push(
      cost({
        name: `${kind}, over: error beside clean`,
        unit: '×',
        measured: with_ / clean,
        peer: { name: 'unguarded', measured: without / clean },
      }),
    );
  }
  return rows;
}

interface Case {
  readonly kernel: Kernel;
  readonly model: Model;
  readonly series: ProtocolSeries;
  readonly steps: number;
  readonly alter: Alter;
}

interface Tally {
  cases: number;
  /** With the guard, without. */
  readonly lowered: number[];
  /** Mean absolute errors over the series' scale: clean, with the guard, without. */
  readonly errors: number[];
}

async function poison(one: Case, tally: Tally): Promise<void> {
  const { series, steps, alter } = one;
  const { y, stepSeconds } = series;
  const scale = percentile(
    [...y].filter((value) => value > 0),
    0.5,
  );
  const busiest = percentile(
    [...y].filter((value) => !Number.isNaN(value)),
    0.99,
  );
  let seed = 1;
  for (const [k, cutoff] of series.cutoffs.entries()) {
    if (k % 3 > 0) continue;
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const x = contextWindow(series, cutoff);
    const spoil = (ago: number): Float64Array => {
      const values = x.slice();
      const from = Math.max(0, values.length - ago - steps);
      const first = values[from] as number;
      for (let i = from; i < from + steps; i++) values[i] = alter(values[i] as number, first);
      return values;
    };
    const judged = (values: Float64Array) => guard({ values, stepSeconds, cutoffSeconds: 0 });
    const replicas = async (learnt: Float64Array, observed: Float64Array, floor: number) => {
      const demand = (await predict(one, learnt)).map((value) => Math.max(value, floor));
      const policy = { ...DEFAULT_POLICY, targetPerPod: busiest / PODS };
      const plan = planCapacity(one.kernel, policy, observed, demand).replicas;
      return Math.max(...plan.subarray(0, 1 + Math.ceil(LEAD_SECONDS / stepSeconds)));
    };
    const wanted = await replicas(x, x, 0);
    const isLowered = (got: number) => wanted - got > Math.max(SMALL_PODS, SMALL_SHARE * wanted);
    const now = spoil(0);
    const verdict = judged(now);
    const newest = now.at(-1) as number;
    tally.cases++;
    // A low doubt or a gap makes no forecast: what was served is held.
    if (!Number.isNaN(newest) && !verdict.doubt?.isLow) {
      const { memory, observed, doubt } = verdict;
      if (isLowered(await replicas(memory, observed, doubt ? newest : 0))) count(tally.lowered, 0);
    }
    if (!Number.isNaN(newest) && isLowered(await replicas(now, now, 0))) count(tally.lowered, 1);
    const past = spoil(2 + (seed % 100));
    const histories = [x, judged(past).memory, past];
    for (const [j, values] of histories.entries()) {
      const error = meanError(await predict(one, values), series, cutoff) / scale;
      tally.errors[j] = (tally.errors[j] as number) + error;
    }
  }
}

function count(counts: number[], index: number): void {
  counts[index] = (counts[index] as number) + 1;
}

async function predict(
  { kernel, model, series }: Case,
  values: Float64Array,
): Promise<Float64Array> {
  const { stepSeconds, horizonSteps } = series;
  const signal = new AbortController().signal;
  const fitted = await kernel.exclusive(() =>
    model.fit({ values, stepSeconds, cutoffSeconds: 0 }, { horizonSteps, signal }),
  );
  return fitted.prediction.point.map((value) => Math.max(value, 0));
}

function meanError(point: Float64Array, { y }: ProtocolSeries, cutoff: number): number {
  const errors = Array.from(point, (value, i) => Math.abs(value - (y[cutoff + 1 + i] as number)));
  const known = errors.filter((error) => !Number.isNaN(error));
  return known.reduce((sum, error) => sum + error, 0) / known.length;
}

/** One judgement of 14 days of minutes. */
async function timeRow(all: readonly ProtocolSeries[]): Promise<Row> {
  const series = all.find(({ name }) => name.startsWith('nasa')) ?? all[0];
  if (!series) throw new RangeError('there is no series');
  const { y, stepSeconds } = series;
  // Processor time: the machine may be busy with other work.
  const judge = (times: number) => {
    for (let k = 0; k < times; k++) {
      const values = y.subarray(k * 50, k * 50 + 20_160);
      guard({ values, stepSeconds, cutoffSeconds: 0 });
    }
  };
  judge(20);
  const before = process.cpuUsage();
  judge(RUNS);
  const { user, system } = process.cpuUsage(before);
  const measured = (user + system) / 1000 / RUNS;
  return cost({ name: 'guard, 20,160 points, mean CPU time', unit: 'ms', measured, goal: 10 });
}
