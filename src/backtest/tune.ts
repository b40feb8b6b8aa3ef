import { setImmediate } from 'node:timers/promises';
import { formatDuration } from '../config/duration.ts';
import { chooseSettings } from '../replay/choice.ts';
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
import { provingDense, type ReplayPlan } from './replay-plan.ts';
import type { TuneResult } from './result.ts';
import { unservedByUnit } from './unserved.ts';

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
const NOTHING: Settings = { forecast: null, reactiveHeadroom: null };

/** The best settings of the search, as they are told, and what they were played in. */
export interface Found {
  readonly settings: Settings;
  readonly setup: TrialSetup;
  /** How many were tried. */
  readonly candidates: number;
}

/**
 * Searches, on `plan.search`, the settings that leave least unserved at the cost of the reactive
 * HPA with the user's headroom.
 *
 * @param track with the levels of TUNED_LEVELS, over that period
 * @returns null when it was aborted
 */
export async function searchSettings(
  kernel: Kernel,
  plan: ReplayPlan,
  track: ForecastTrack,
  signal: AbortSignal,
): Promise<Found | null> {
  const { capacity } = plan.setup;
  let best = { settings: NOTHING, setup: plan.setup, unserved: Number.POSITIVE_INFINITY };
  let tried = 0;
  for (const downMaxPercent of new Set([capacity.downMaxPercent, ...DOWN_PERCENTS])) {
    await setImmediate();
    if (signal.aborted) return null;
    const setup = { ...plan.setup, capacity: { ...capacity, downMaxPercent } };
    // Down limits matter least: they are tried with the best of the rest alone.
    const candidates = tried === 0 ? plan.candidates : [best.settings.forecast ?? []].flat();
    if (candidates.length === 0) break;
    const { settings, outcome } = chooseSettings(new Trials(kernel, setup), track, {
      period: plan.search as Period,
      budgetHeadroom: plan.settings.headroom,
      gainMin: GAIN_MIN,
      candidates,
    });
    tried += candidates.length;
    const unserved = outcome.unservedTotal;
    if (unserved < best.unserved * (1 - 1e-9)) best = { settings, setup, unserved };
  }
  return { settings: told(best.settings), setup: best.setup, candidates: tried };
}

/**
 * Proves what was found on `plan.period`, beside the fair rival there.
 *
 * @param track as the sidecar forecasts with these settings, over that period
 */
export function proveSettings(
  kernel: Kernel,
  plan: ReplayPlan,
  track: ForecastTrack,
  { settings, setup, candidates }: Found,
): TuneResult {
  const { period } = plan;
  const search = plan.search as Period;
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
    optionLines: helps ? linesOf(track.model, settings, plan, setup) : [],
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
  plan: ReplayPlan,
  { capacity, serving, demand }: TrialSetup,
): string[] {
  if (forecast === null) return [];
  const { headroom, quantileLevel, leadTimeSeconds } = forecast;
  const { targetPerPod } = capacity;
  const horizonSteps = Math.max(plan.horizonSteps, provingDense(plan, leadTimeSeconds).keptSteps);
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
    `--horizon ${formatDuration(horizonSteps * demand.stepSeconds)}`,
    `--history ${formatDuration(plan.historySeconds)}`,
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
