import type { CapacityPolicy } from '../capacity/policy.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { SCALED_OBJECT_DEFAULTS } from './keda.ts';
import type { Outcome } from './outcome.ts';
import { staticPolicy } from './policy.ts';
import { type ForecastTrack, oracleTrack } from './track.ts';
import { type Period, type TrialSetup, Trials } from './trials.ts';

export interface LineupOptions {
  readonly period: Period;
  /** Of all policies alike. */
  readonly policy: Pick<CapacityPolicy, 'headroom' | 'quantileLevel'>;
  readonly leadTimeSeconds: number;
  /** One for each model to be compared, all over the same rows; at least one. */
  readonly tracks: readonly ForecastTrack[];
  readonly withTimeline: boolean;
}

/**
 * The policies that a user compares, at equal settings over one period: reactive HPA, KEDA on the
 * raw metric, reactive with the flat headroom, the same beside yesterday's demand, Kedastral with
 * each model, perfect foresight, and as many pods as allowed.
 */
export function lineup(kernel: Kernel, setup: TrialSetup, options: LineupOptions): Outcome[] {
  const { period, policy, leadTimeSeconds, tracks, withTimeline } = options;
  const trials = new Trials(kernel, setup);
  const keda = setup.cluster.keda ?? SCALED_OBJECT_DEFAULTS;
  const throughKeda = new Trials(kernel, { ...setup, cluster: { ...setup.cluster, keda } });
  const settings = { forecast: { ...policy, leadTimeSeconds }, reactiveHeadroom: null };
  const served = (track: ForecastTrack): Outcome =>
    trials.run(track, period, settings, withTimeline);
  const foresight = oracleTrack(setup.demand, tracks[0] as ForecastTrack);
  return [
    trials.reactive(period, 1, withTimeline),
    { ...throughKeda.reactive(period, 1, withTimeline), policy: 'keda, raw metric' },
    trials.reactive(period, policy.headroom, withTimeline),
    trials.yesterday(period, policy.headroom, leadTimeSeconds, withTimeline),
    ...tracks.map(served),
    { ...served(foresight), policy: 'perfect foresight' },
    trials.play(staticPolicy(setup.cluster.maxReplicas), period, withTimeline),
  ];
}
