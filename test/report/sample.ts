import type {
  BacktestResult,
  Fan,
  ModelResult,
  PolicyRole,
  SeriesResult,
} from '../../src/backtest/result.ts';
import type { Comparison, Outcome } from '../../src/replay/outcome.ts';

const LEVELS = [0.5, 0.75, 0.8, 0.9, 0.95, 0.99];
const SCORES = [0, 0.68, 0.84, 1.28, 1.64, 2.33];
const START_SECONDS = 1_741_000_200;
const TARGET = 200;
const POD_HOUR_SECONDS = 3_600;

/** Numbers in [0, 1) that are the same on every run (Numerical Recipes' generator). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface SampleOptions {
  readonly name?: string;
  readonly days?: number;
  readonly stepSeconds?: number;
  readonly models?: readonly string[];
  readonly seed?: number;
  readonly hasReplay?: boolean;
}

/** A demand with days, bursts and a gap, forecast with known faults, served by simple policies. */
export function sampleSeries(options: SampleOptions = {}): SeriesResult {
  const { name = 'checkout', days = 14, stepSeconds = 300, seed = 1 } = options;
  const names = options.models ?? ['auto', 'baseline', 'seasonal-naive', 'arima'];
  const random = seeded(seed);
  const length = (days * 86_400) / stepSeconds;
  const values = Float64Array.from({ length }, (_, i) => demandAt(i * stepSeconds, random));
  const gap = Math.floor(length / 3);
  values.fill(Number.NaN, gap, gap + 12);
  const grid = { name, stepSeconds, startSeconds: START_SECONDS, values };
  const horizonSteps = 12;
  const first = Math.floor(length * 0.75);
  const cutoffs = Array.from({ length: 30 }, (_, k) =>
    Math.floor(first + (k * (length - horizonSteps - 1 - first)) / 29),
  );
  const base = { ...grid, horizonSteps, windowSteps: 2_016, leadSteps: 1, cutoffs };
  const models = names.map((model, k) => modelOf(model, k, base, random));
  const replay = options.hasReplay === false ? null : replayOf(base, models);
  return { ...base, models, replay, tune: null };
}

function demandAt(seconds: number, random: () => number): number {
  const hour = (seconds / 3_600) % 24;
  const daily = 1 + 0.7 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
  const burst = Math.floor(seconds / 3_600) % 29 === 20 ? 1.7 : 1;
  return 1_500 * daily * burst * (0.93 + 0.14 * random());
}

type Base = Omit<SeriesResult, 'models' | 'replay' | 'tune'>;

function modelOf(model: string, k: number, base: Base, random: () => number): ModelResult {
  const { values, cutoffs, horizonSteps } = base;
  const size = 0.05 + 0.04 * k;
  const said = values.map((value) => value * (1 + size * (random() - 0.5) * 2));
  const fans = ['best', 'busiest', 'median', 'worst'].map((why, place): Fan => {
    const cutoff = cutoffs[4 + place * 7] as number;
    const quantiles = SCORES.map((score) =>
      Float64Array.from({ length: horizonSteps }, (_, h) => {
        const median = said[cutoff + 1 + h] ?? Number.NaN;
        return median * (1 + score * size * Math.sqrt((h + 1) / 4));
      }),
    );
    return { cutoff, why, levels: LEVELS, quantiles };
  });
  const wape = size * 0.9;
  return {
    model,
    skill: 0.42 - 0.13 * k,
    skillFirst: 0.5,
    skillEarly: 0.45,
    mae: 1_500 * wape,
    naiveMae: 1_500 * 0.12,
    wape,
    accuracy: 1 - wape,
    mase: 0.58 + 0.1 * k,
    spl: 0.18 + 0.05 * k,
    coverage: LEVELS.map((level) => ({ level, observed: level - (1 - level) * 0.2 * k })),
    peak: { underRate: 0.4, under: 0.08, over: 0.05 },
    peak90: { underRate: 0.1, under: 0.02, over: 0.2 },
    byHorizon: Array.from({ length: horizonSteps }, (_, h) => ({
      mae: 100 + 10 * h,
      wape: wape * (0.6 + 0.06 * h),
      covered90: 0.9,
      count: 30,
    })),
    byHour: Array.from({ length: 24 }, (_, hour) => ({
      mae: 100,
      wape: hour === 4 && k === 0 ? Number.NaN : wape * (0.8 + 0.5 * random()),
      bias: 3,
      count: hour === 4 ? 0 : 15,
    })),
    fitMs: 3 + 40 * k,
    fitMsP95: 9 + 40 * k,
    origins: 30,
    refused: k === 3 ? 4 : 0,
    refusal: k === 3 ? 'too few points' : '',
    fans,
    track: k === 0 ? said : null,
    trackUpper: k === 0 ? said.map((value) => value * 1.08) : null,
  };
}

function replayOf(base: Base, models: readonly ModelResult[]): SeriesResult['replay'] {
  const { values, startSeconds, stepSeconds } = base;
  const from = Math.floor(values.length / 2);
  const said = models[0]?.track ?? values;
  const lagged = (i: number) => values[i - 3] ?? Number.NaN;
  const oracle = outcomeOf('oracle', base, from, (i) => (values[i] as number) * 1.02);
  const ours = outcomeOf('kedastral auto', base, from, (i) => (said[i] as number) * 1.1);
  const rival = outcomeOf('reactive, same cost', base, from, (i) => lagged(i) * 1.1);
  const reactive = outcomeOf('reactive', base, from, lagged);
  const most = outcomeOf('static max', base, from, () => 30 * TARGET);
  const comparison: Comparison = {
    ours,
    rival,
    rivalHeadroom: 1.1,
    isSameCost: true,
    unservedRemoved: 1 - ours.unservedTotal / rival.unservedTotal,
    podHoursRatio: 0.93,
    equalUnservedHeadroom: 1.31,
  };
  const policy = (role: PolicyRole, headroom: number, outcome: Outcome) => {
    const model = role === 'ours' ? (models[0]?.model ?? '') : '';
    return { role, model, headroom, outcome, comparison: role === 'ours' ? comparison : null };
  };
  return {
    fromSeconds: startSeconds + from * stepSeconds,
    toSeconds: startSeconds + (values.length - 1) * stepSeconds,
    targetPerPod: TARGET,
    targetFrom: 'as given',
    podStartSeconds: 60,
    minReplicas: 2,
    maxReplicas: 50,
    policies: [
      policy('ours', 1.1, ours),
      policy('rival', 1.1, rival),
      policy('reactive', 1, reactive),
      policy('oracle', 1.02, oracle),
      policy('static', 1, most),
    ],
    comparison,
  };
}

/** As many pods as `wanted` asks for, ready at once, over the steps after `from`. */
function outcomeOf(
  policy: string,
  { values, startSeconds, stepSeconds }: Base,
  from: number,
  wanted: (i: number) => number,
): Outcome {
  const timesSeconds: number[] = [];
  const pods: number[] = [];
  let [podSeconds, demandTotal, unservedTotal, shortSteps, depthMax] = [0, 0, 0, 0, 0];
  for (let i = from + 1; i < values.length; i++) {
    const demand = values[i] as number;
    const want = wanted(i);
    const replicas = Number.isFinite(want) ? Math.ceil(want / TARGET) : (pods.at(-1) ?? 2);
    if (pods.at(-1) !== replicas) {
      timesSeconds.push(startSeconds + (i - 1) * stepSeconds);
      pods.push(replicas);
    }
    const unserved = Math.max(0, (demand || 0) - replicas * TARGET);
    podSeconds += replicas * stepSeconds;
    demandTotal += (demand || 0) * stepSeconds;
    unservedTotal += unserved * stepSeconds;
    if (unserved > 0) shortSteps += 1;
    if (unserved > 0) depthMax = Math.max(depthMax, unserved / demand);
  }
  return {
    policy,
    durationSeconds: (values.length - 1 - from) * stepSeconds,
    podHours: podSeconds / POD_HOUR_SECONDS,
    demandTotal,
    unservedTotal,
    unservedShare: unservedTotal / demandTotal,
    shortMinutes: (shortSteps * stepSeconds) / 60,
    shortDepthMean: depthMax / 2,
    shortDepthMax: depthMax,
    utilisationP99: 1.01,
    scaleUps: Math.floor(pods.length / 2),
    scaleDowns: Math.floor(pods.length / 2),
    replicasMax: Math.max(...pods),
    replicasMin: Math.min(...pods),
    peakLeadSeconds: policy === 'static max' ? null : 180,
    timeline: { timesSeconds, specReplicas: pods, pods, readyPods: pods },
  };
}

/** A whole result of such series. */
export function sampleResult(
  series: readonly SeriesResult[] = [sampleSeries()],
  others: Partial<BacktestResult> = {},
): BacktestResult {
  const overall = (series[0]?.models ?? []).map((model) => ({ ...model, series: series.length }));
  return {
    version: '0.1.0',
    isPartial: false,
    warnings: [],
    options: [
      { name: 'input', value: 'checkout.csv' },
      { name: 'model', value: 'auto' },
      { name: 'lead-time', value: '5m' },
    ],
    series,
    overall,
    gates: [],
    ...others,
  };
}

/** `series` with what `--tune` found. */
export function tuned(series: SeriesResult, helps: boolean): SeriesResult {
  const { replay, startSeconds, stepSeconds, values } = series;
  if (!replay?.comparison) throw new Error('only a replay can be tuned');
  const secondsAt = (share: number) => startSeconds + values.length * share * stepSeconds;
  const low = helps ? 0.21 : -0.08;
  return {
    ...series,
    tune: {
      helps,
      optionLines: helps ? ['--quantile-level p95', '--lead-time 3m'] : [],
      candidates: 54,
      searchedFromSeconds: secondsAt(0.5),
      provedFromSeconds: secondsAt(0.75),
      provedToSeconds: secondsAt(1),
      comparison: replay.comparison,
      interval: { of: 'unserved demand removed', level: 0.9, low, estimate: 0.35, high: 0.47 },
      verdict: helps
        ? 'Use these settings.'
        : 'The gain could be chance: prediction does not help this series.',
    },
  };
}
