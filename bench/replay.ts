import { percentile } from '../src/backtest/percentile.ts';
import { OPTIONS } from '../src/config/options.ts';
import { ladderFor } from '../src/models/ladder.ts';
import { createModel } from '../src/models/registry.ts';
import { chooseSettings, forecastCandidates } from '../src/replay/choice.ts';
import { compare, headroomAtPodHours, removedShare } from '../src/replay/compare.ts';
import type { Demand } from '../src/replay/demand.ts';
import { TICK_DEFAULTS } from '../src/replay/forecast-policy.ts';
import type { Comparison, Outcome } from '../src/replay/outcome.ts';
import { CLUSTER_DEFAULTS } from '../src/replay/scenario.ts';
import { type ForecastTrack, oracleTrack } from '../src/replay/track.ts';
import { type Period, type TrialSetup, Trials } from '../src/replay/trials.ts';
import type { Kernel } from '../src/wasm/kernel.ts';
import { loadKernel } from '../src/wasm/load.ts';
import { loadProtocol, type ProtocolSeries } from '../test/protocol/data.ts';
import { cost, type Row, rate } from './row.ts';
import { trackOf } from './track.ts';
import { yesterdayOf } from './yesterday.ts';

const STEP_SECONDS_MAX = 300;
/** The last days are the proof, the ones before (as many as there are) choose the settings. */
const PROOF_DAYS = 7;
const CHOICE_DAYS_MAX = 5;
/** Days that the model has seen before its first forecast. */
const FIRST_HISTORY_DAYS = 1.5;
const LEVELS = [0.5, 0.6, 0.7, 0.8, 0.9];
/** What all policies may cost: the reactive HPA with the default headroom. */
const BUDGET_HEADROOM = 1.2;
const GAIN_MIN = 0.03;
/** Scrape and query. */
const READ_DELAY_SECONDS = 15;
/** Difference in unserved share up to which a policy counts as no worse. */
const SHARE_SLACK = 0.0002;
const LEAK_SHARE = 0.75;

const GOALS = [
  { readySeconds: 60, removed: 0.05, podHours: 0.98 },
  { readySeconds: 180, removed: 0.25, podHours: 0.96, better: 6 },
  { readySeconds: 600, removed: 0.4, podHours: 0.93 },
] as const;

interface Subject {
  readonly name: string;
  readonly demand: Demand;
  readonly track: ForecastTrack;
  readonly choice: Period;
  readonly proof: Period;
}

interface Result {
  readonly name: string;
  readonly ours: Comparison;
  readonly choice: string;
  /** Against the rival whose headroom was set on the days of the choice. */
  readonly earlier: { readonly removed: number; readonly podHours: number };
  /** Unserved demand that perfect foresight and yesterday's demand remove at equal pod-hours. */
  readonly oracle: number;
  readonly yesterday: number;
}

/** What forecasts are worth in replicas: against reactive scaling that costs the same. */
export async function bench(model = OPTIONS.model.default): Promise<Row[]> {
  const series = loadProtocol();
  if (!series) return [];
  const kernel = await loadKernel();
  const subjects: Subject[] = [];
  for (const one of series.filter(isReplayed)) subjects.push(await subjectOf(kernel, model, one));
  const rows = GOALS.flatMap((goal) => {
    const results = subjects.map((subject) => resultOf(kernel, subject, goal.readySeconds));
    return rowsOf(results, goal);
  });
  return [...rows, ...subjects.slice(0, 1).map((subject) => speedOf(kernel, subject))];
}

/** How fast a week is played, reactive; the best of a few, since neighbours take time too. */
function speedOf(kernel: Kernel, { demand, proof }: Subject): Row {
  const trials = new Trials(kernel, setupOf(demand, 180));
  const seconds = Array.from({ length: 20 }, () => {
    const startMs = performance.now();
    trials.reactive(proof, BUDGET_HEADROOM);
    return (performance.now() - startMs) / 1_000;
  });
  const syncs = ((proof.to - proof.from) * demand.stepSeconds) / CLUSTER_DEFAULTS.syncSeconds;
  const measured = syncs / Math.min(...seconds) / 1e6;
  return rate({ name: 'syncs of the HPA, with its pods', unit: 'million/s', measured, goal: 1 });
}

/** Fine enough for pods to follow, and with days before the proof to choose on. */
function isReplayed({ stepSeconds, daySteps, y }: ProtocolSeries): boolean {
  return stepSeconds <= STEP_SECONDS_MAX && y.length > (PROOF_DAYS + FIRST_HISTORY_DAYS) * daySteps;
}

async function subjectOf(kernel: Kernel, model: string, series: ProtocolSeries): Promise<Subject> {
  const { name, y, stepSeconds, startSeconds, daySteps, horizonSteps, windowSteps } = series;
  // The row of a time holds the step that ends there.
  const demand = { values: y, stepSeconds, startSeconds: startSeconds - stepSeconds };
  const proofFrom = y.length - PROOF_DAYS * daySteps;
  const least = Math.ceil(FIRST_HISTORY_DAYS * daySteps);
  const choiceFrom = Math.max(proofFrom - CHOICE_DAYS_MAX * daySteps, least);
  const ladder = ladderFor(model).map((rung) => createModel(rung, kernel, MODEL_OPTIONS));
  const track = await trackOf(kernel, ladder, demand, {
    fromStep: choiceFrom - Math.ceil(3_600 / stepSeconds),
    toStep: y.length - 1,
    horizonSteps,
    historySteps: windowSteps,
    levels: LEVELS,
  });
  const proof = { from: proofFrom, to: y.length };
  return { name, demand, track, choice: { from: choiceFrom, to: proofFrom }, proof };
}

const MODEL_OPTIONS = {
  arima: { p: 'auto', d: 'auto', q: 'auto', constant: 'auto' },
  sarima: { p: 'auto', d: 'auto', q: 'auto', lengthSteps: 'auto' },
  byomUrl: '',
} as const;

function setupOf(demand: Demand, readySeconds: number): TrialSetup {
  const known = demand.values.filter((value) => !Number.isNaN(value));
  const capacityPerPod = percentile(known, 0.99) / 40;
  const bounds = { minReplicas: 2, maxReplicas: 100 };
  return {
    demand,
    cluster: { ...CLUSTER_DEFAULTS, ...bounds, capacityPerPod, podReadySeconds: readySeconds },
    capacity: { ...bounds, targetPerPod: capacityPerPod, upMaxFactor: 100, downMaxPercent: 100 },
    serving: { staleAfterSeconds: 120, onStale: 'hold', defaultMin: 2 },
    ticks: TICK_DEFAULTS,
    readDelaySeconds: READ_DELAY_SECONDS,
  };
}

function resultOf(kernel: Kernel, subject: Subject, readySeconds: number): Result {
  const { demand, track, choice, proof } = subject;
  const setup = setupOf(demand, readySeconds);
  const trials = new Trials(kernel, setup);
  const reactive = (headroom: number) => trials.reactive(proof, headroom);
  const budget = { period: choice, budgetHeadroom: BUDGET_HEADROOM, gainMin: GAIN_MIN };
  const { stepSeconds } = demand;
  const chosen = (from: ForecastTrack, levels: readonly number[]) => {
    const candidates = forecastCandidates(readySeconds, stepSeconds, levels);
    return chooseSettings(trials, from, { ...budget, candidates }).settings;
  };
  const settings = chosen(track, LEVELS.slice(1));
  const oracle = oracleTrack(demand, track);
  const foresight = trials.run(oracle, proof, chosen(oracle, []));

  const leadSeconds = readySeconds + 2 * CLUSTER_DEFAULTS.syncSeconds;
  const yesterday = yesterdayOf(trials, setup, leadSeconds);
  const podHours = trials.reactive(choice, BUDGET_HEADROOM).podHours;
  const headroom = headroomAtPodHours(podHours, (each) => yesterday(choice, each));
  const removedBy = (outcome: Outcome): number =>
    removedShare(outcome, reactive(headroomAtPodHours(outcome.podHours, reactive)));
  const { forecast, reactiveHeadroom } = settings;
  const shape = forecast?.quantileLevel ? `q${forecast.quantileLevel}` : `× ${forecast?.headroom}`;
  const ours = trials.run(track, proof, settings);
  const earlier = reactive(BUDGET_HEADROOM);
  return {
    name: subject.name,
    ours: compare(ours, reactive),
    earlier: {
      removed: removedShare(ours, earlier),
      podHours: ours.podHours / earlier.podHours,
    },
    choice: forecast
      ? `${shape}, lead ${forecast.leadTimeSeconds} s, reactive × ${reactiveHeadroom?.toFixed(2)}`
      : 'stay reactive',
    oracle: removedBy(foresight),
    yesterday: removedBy(yesterday(proof, headroom)),
  };
}

function rowsOf(results: readonly Result[], goal: (typeof GOALS)[number]): Row[] {
  const at = `${goal.readySeconds} s`;
  const comparisons = results.map(({ ours }) => ours);
  const removed = mean(comparisons.map(({ unservedRemoved }) => unservedRemoved));
  const podHours = mean(comparisons.map(({ podHoursRatio }) => podHoursRatio ?? 1));
  // Either of the two is the goal.
  const met = removed >= goal.removed || podHours <= goal.podHours;
  const better = comparisons.filter(({ unservedRemoved }) => unservedRemoved > 0).length;
  const worst = Math.max(...comparisons.map(unservedRatio));
  const fixed = { unit: '', measured: removed };
  const leak = cost({ name: `${at}: above it, look for a leak`, ...fixed, goal: LEAK_SHARE });
  return [
    ...results.map((result) => rowOf(at, result)),
    { ...rate({ name: `${at}: unserved removed, mean`, ...fixed, goal: goal.removed }), met },
    {
      ...cost({
        ...{ name: `${at}: or pod-hours at equal unserved, mean`, unit: '×' },
        ...{ measured: podHours, goal: goal.podHours },
      }),
      met,
    },
    cost({ name: `${at}: unserved, worst ratio`, unit: '×', measured: worst, goal: 1.05 }),
    rate({
      ...{ name: `${at}: better than the rival`, unit: `of ${results.length}`, measured: better },
      ...('better' in goal ? { goal: goal.better } : {}),
    }),
    rate({
      ...{ name: `${at}: unserved removed of the rival set on earlier days, mean`, unit: '' },
      measured: mean(results.map(({ earlier }) => earlier.removed)),
    }),
    cost({
      ...{ name: `${at}: pod-hours over the rival set on earlier days, mean`, unit: '×' },
      measured: mean(results.map(({ earlier }) => earlier.podHours)),
    }),
    rate({
      ...{ name: `${at}: unserved removed by max(reactive, yesterday), mean`, unit: '' },
      measured: mean(results.map(({ yesterday }) => yesterday)),
    }),
    rate({
      ...{ name: `${at}: unserved removed by perfect foresight, mean`, unit: '' },
      measured: mean(results.map(({ oracle }) => oracle)),
    }),
    ...(goal.readySeconds === 180 ? [leak] : []),
  ];
}

function rowOf(at: string, { name, choice, ours, oracle }: Result): Row {
  const peer = { name: 'perfect foresight', measured: oracle };
  const row = rate({
    name: `${at}: unserved removed, ${name} (${choice})`,
    ...{ unit: '', measured: ours.unservedRemoved, peer },
  });
  // Shares lie on both sides of 0, so their quotient says nothing.
  return { ...row, ratio: null };
}

/** Our unserved demand over the rival's; at most 1 when we leave hardly more. */
function unservedRatio({ ours, rival }: Comparison): number {
  const ratio = ours.unservedTotal === 0 ? 0 : ours.unservedTotal / rival.unservedTotal;
  return ours.unservedShare <= rival.unservedShare + SHARE_SLACK ? Math.min(ratio, 1) : ratio;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
