import { setImmediate } from 'node:timers/promises';
import { formatDuration } from '../config/duration.ts';
import { chooseSettings, forecastCandidates } from '../replay/choice.ts';
import { compare } from '../replay/compare.ts';
import { refineDemand, sliceDemand } from '../replay/demand.ts';
import type { Comparison, Outcome, Timeline } from '../replay/outcome.ts';
import type { ForecastTrack } from '../replay/track.ts';
import {
  fineSeconds,
  type Period,
  type Settings,
  type TrialSetup,
  Trials,
} from '../replay/trials.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { removedInterval } from './bootstrap.ts';
import { typicalSeconds } from './replay.ts';
import type { ReplayPlan } from './replay-plan.ts';
import type { TuneResult } from './result.ts';
import { unservedByUnit } from './unserved.ts';

/** Quantile levels that are tried beside medians; forecasts must hold them. */
export const TUNED_LEVELS: readonly number[] = [0.6, 0.75, 0.9];

const DOWN_PERCENTS = [20, 50, 100];
/** A forecast that takes away less on the data it is chosen on is not worth its sidecar. */
const GAIN_MIN = 0.03;
const INTERVAL_LEVEL = 0.9;
const DRAWS = 2_000;
const SEED = 1;
const UNIT_SECONDS = 3_600;
const DAY_UNITS = 24;
/** Below it the trigger on the raw metric has no say. */
const HEADROOM_TOLD_MIN = 0.51;
/** What is proved must be what is told. */
const TOLD_DIGITS = 4;

interface Tried {
  readonly settings: Settings;
  readonly outcome: Outcome;
  readonly setup: TrialSetup;
}

/**
 * Searches, on `plan.search`, the settings that leave least unserved at the cost of the reactive
 * HPA with the user's headroom; proves them on `plan.period`, beside the fair rival there.
 *
 * @param track with the levels of TUNED_LEVELS, over both periods
 * @returns null when it was aborted, or there is nothing before the period to search on
 */
export async function tune(
  kernel: Kernel,
  plan: ReplayPlan,
  track: ForecastTrack,
  signal: AbortSignal,
): Promise<TuneResult | null> {
  const { search } = plan;
  if (search === null) return null;
  const candidates = candidatesOf(plan);
  let best: Tried | null = null;
  let tried = 0;
  const { capacity } = plan.setup;
  for (const downMaxPercent of new Set([capacity.downMaxPercent, ...DOWN_PERCENTS])) {
    await setImmediate();
    if (signal.aborted) return null;
    const setup = { ...plan.setup, capacity: { ...capacity, downMaxPercent } };
    // Down limits matter least: they are tried with the best of the rest alone.
    const some = best === null ? candidates : [best.settings.forecast ?? []].flat();
    if (some.length === 0) break;
    const trials = new Trials(kernel, setup);
    const options = { period: search, budgetHeadroom: budgetOf(plan), gainMin: GAIN_MIN };
    const choice = chooseSettings(trials, track, { ...options, candidates: some });
    tried += some.length;
    const isBetter =
      best === null || choice.outcome.unservedTotal < best.outcome.unservedTotal * (1 - 1e-9);
    if (isBetter) best = { ...choice, setup };
  }
  return proved(kernel, plan, track, best as Tried, tried);
}

function candidatesOf({ setup, settings }: ReplayPlan) {
  const podSeconds = typicalSeconds(setup.cluster.podReadySeconds);
  const own = { ...settings, quantileLevel: 0 };
  const usual = forecastCandidates(podSeconds, setup.demand.stepSeconds, TUNED_LEVELS);
  return [own, ...usual];
}

function budgetOf({ settings }: ReplayPlan): number {
  return settings.headroom;
}

function proved(
  kernel: Kernel,
  plan: ReplayPlan,
  track: ForecastTrack,
  { settings: found, setup }: Tried,
  candidates: number,
): TuneResult {
  const { period } = plan;
  const search = plan.search as Period;
  const settings = told(found);
  const trials = new Trials(kernel, setup);
  const ours = { ...trials.run(track, period, settings, true), policy: 'kedastral, tuned' };
  const isReactive = settings.forecast === null;
  const comparison = compare(ours, (headroom) => trials.reactive(period, headroom));
  const rival = trials.reactive(period, comparison.rivalHeadroom, true);
  const interval = isReactive ? { low: 0, high: 0 } : intervalOf(plan, ours, rival);
  const isDearer = !comparison.isSameCost && ours.podHours > comparison.rival.podHours;
  const isBetter = interval.low > 0 && comparison.unservedRemoved > 0;
  const helps = !isReactive && isBetter && !isDearer;
  const { demand } = setup;
  const secondsAt = (step: number) => demand.startSeconds + step * demand.stepSeconds;
  return {
    helps,
    optionLines: helps ? linesOf(track.model, settings, setup) : [],
    candidates,
    searchedFromSeconds: secondsAt(search.from),
    provedFromSeconds: secondsAt(period.from),
    provedToSeconds: secondsAt(period.to),
    comparison,
    interval: {
      of: 'share of the unserved demand removed at equal pod-hours',
      level: INTERVAL_LEVEL,
      ...interval,
      estimate: isReactive ? 0 : comparison.unservedRemoved,
    },
    verdict: verdictOf(isReactive, helps, comparison, interval),
  };
}

function intervalOf(plan: ReplayPlan, ours: Outcome, rival: Outcome) {
  const { setup, period } = plan;
  const part = sliceDemand(setup.demand, Math.max(0, period.from - 1), period.to);
  const stepSeconds = fineSeconds(setup.demand.stepSeconds);
  const lead = (Math.min(1, period.from) * setup.demand.stepSeconds) / stepSeconds;
  const fine = refineDemand(part, stepSeconds);
  const demand = sliceDemand(fine, lead, fine.values.length);
  const unitSteps = Math.max(UNIT_SECONDS, setup.demand.stepSeconds) / stepSeconds;
  const byUnit = ({ timeline }: Outcome) =>
    unservedByUnit(demand, timeline as Timeline, setup.cluster.capacityPerPod, unitSteps);
  const own = byUnit(ours);
  // A day in a row keeps its shape; of a few days, cube root as usual for dependent data.
  const blockUnits =
    own.length >= 4 * DAY_UNITS ? DAY_UNITS : Math.max(1, Math.round(Math.cbrt(own.length)));
  const options = { blockUnits, draws: DRAWS, level: INTERVAL_LEVEL, seed: SEED };
  return removedInterval(own, byUnit(rival), options);
}

/** Settings as they can be written down; without a second trigger that has no say. */
function told({ forecast, reactiveHeadroom }: Settings): Settings {
  const short = (value: number) => Number(value.toPrecision(TOLD_DIGITS));
  const hasSay = reactiveHeadroom !== null && reactiveHeadroom >= HEADROOM_TOLD_MIN;
  if (forecast === null) return { forecast, reactiveHeadroom };
  return {
    forecast: { ...forecast, leadTimeSeconds: Math.round(forecast.leadTimeSeconds) },
    reactiveHeadroom: hasSay ? short(reactiveHeadroom) : null,
  };
}

/** Everything that the proved numbers rest on and a user may set otherwise. */
function linesOf(
  model: string,
  { forecast, reactiveHeadroom }: Settings,
  { capacity, serving, demand }: TrialSetup,
): string[] {
  if (forecast === null) return [];
  const { headroom, quantileLevel, leadTimeSeconds } = forecast;
  const { targetPerPod } = capacity;
  const beside = `${Number((targetPerPod / (reactiveHeadroom ?? 1)).toPrecision(TOLD_DIGITS))}`;
  const second =
    reactiveHeadroom === null
      ? []
      : [
          `# and a second trigger of the ScaledObject on the raw metric, AverageValue ${beside};`,
          `# in the replay it is: --reactive-headroom ${reactiveHeadroom}`,
        ];
  return [
    `--model ${model}`,
    `--step ${formatDuration(demand.stepSeconds)}`,
    `--target-per-pod ${targetPerPod}`,
    `--headroom ${headroom}`,
    `--quantile-level ${quantileLevel}`,
    `--lead-time ${formatDuration(leadTimeSeconds)}`,
    `--stale-after ${formatDuration(serving.staleAfterSeconds)}`,
    `--min ${capacity.minReplicas}`,
    `--max ${capacity.maxReplicas}`,
    `--up-max-factor ${capacity.upMaxFactor}`,
    `--down-max-percent ${capacity.downMaxPercent}`,
    ...second,
  ];
}

function verdictOf(
  isReactive: boolean,
  helps: boolean,
  { ours, rival, unservedRemoved }: Comparison,
  { low, high }: { low: number; high: number },
): string {
  if (isReactive) {
    return (
      'Stay reactive: on the earlier part no setting of this forecast left clearly less unserved ' +
      'than a reactive HPA of the same cost.'
    );
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const numbers =
    `at ${ours.podHours.toFixed(0)} pod-hours (the rival ${rival.podHours.toFixed(0)}) it left ` +
    `${(100 * ours.unservedShare).toPrecision(2)} % of the demand unserved, the rival ` +
    `${(100 * rival.unservedShare).toPrecision(2)} %: ${percent(unservedRemoved)} removed, ` +
    `90 % interval ${percent(low)} to ${percent(high)}`;
  return helps
    ? `Prediction helps: on the later part, ${numbers}.`
    : `Stay reactive: what looked best earlier is not proved on the later part: ${numbers}.`;
}
