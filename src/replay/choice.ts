import { headroomAtPodHours } from './compare.ts';
import type { Outcome } from './outcome.ts';
import type { ForecastTrack } from './track.ts';
import type { ForecastSettings, Period, Settings, Trials } from './trials.ts';

/** What was chosen on one period, to be proved on another. */
export interface Choice {
  readonly settings: Settings;
  /** Of the chosen settings on the period they were chosen on. */
  readonly outcome: Outcome;
  /** Reactive with the headroom that set the budget. */
  readonly reactive: Outcome;
}

export interface ChoiceOptions {
  /** Where the choice is made. */
  readonly period: Period;
  /** The pod-hours of the reactive HPA with this headroom are the budget of all candidates. */
  readonly budgetHeadroom: number;
  readonly candidates: readonly ForecastSettings[];
  /** Share of reactive's unserved demand that must go for a forecast to be worth it. */
  readonly gainMin: number;
}

/** Below it the reactive trigger has no say. */
const HEADROOM_MIN = 0.3;

/**
 * Chooses, at the cost of reactive scaling with a flat headroom, the forecast trigger that leaves
 * least unserved beside a reactive trigger whose headroom takes up the rest of the budget; or none,
 * when no candidate is worth it on this data: "stay reactive".
 */
export function chooseSettings(
  trials: Trials,
  track: ForecastTrack,
  { period, budgetHeadroom, candidates, gainMin }: ChoiceOptions,
): Choice {
  const reactive = trials.reactive(period, budgetHeadroom);
  const stay: Settings = { forecast: null, reactiveHeadroom: budgetHeadroom };
  let best: Choice = { settings: stay, outcome: reactive, reactive };
  let least = reactive.unservedTotal * (1 - gainMin);
  for (const forecast of candidates) {
    const withReactive = (reactiveHeadroom: number): Outcome =>
      trials.run(track, period, { forecast, reactiveHeadroom });
    if (withReactive(HEADROOM_MIN).podHours > reactive.podHours) continue;
    const reactiveHeadroom = headroomAtPodHours(reactive.podHours, withReactive);
    const outcome = withReactive(reactiveHeadroom);
    if (outcome.unservedTotal >= least) continue;
    least = outcome.unservedTotal;
    best = { settings: { forecast, reactiveHeadroom }, outcome, reactive };
  }
  return best;
}

/** Medians × several headrooms and some quantiles, each with lead times from the pod start on. */
export function forecastCandidates(
  podReadySeconds: number,
  stepSeconds: number,
  quantileLevels: readonly number[],
): ForecastSettings[] {
  const medians = MEDIAN_HEADROOMS.map((headroom) => ({ headroom, quantileLevel: 0 }));
  const quantiles = quantileLevels.map((quantileLevel) => ({ headroom: 1, quantileLevel }));
  const leads = [
    podReadySeconds + REACTION_SECONDS,
    podReadySeconds + REACTION_SECONDS + stepSeconds,
  ];
  return [...medians, ...quantiles].flatMap((shape) =>
    leads.map((leadTimeSeconds) => ({ ...shape, leadTimeSeconds })),
  );
}

/** The forecast trigger is a floor under rises, so it may lie below the reactive one. */
const MEDIAN_HEADROOMS = [0.8, 0.9, 1, 1.1, 1.2];
/** Two syncs: until the HPA has seen a new plan and acted on it. */
const REACTION_SECONDS = 30;
