import { setImmediate } from 'node:timers/promises';
import { Account } from '../replay/account.ts';
import { compare } from '../replay/compare.ts';
import { refineDemand, sliceDemand } from '../replay/demand.ts';
import { SCALED_OBJECT_DEFAULTS } from '../replay/keda.ts';
import type { Comparison, Outcome } from '../replay/outcome.ts';
import { staticPolicy } from '../replay/policy.ts';
import { typicalSeconds } from '../replay/start-delay.ts';
import { type ForecastTrack, oracleTrack } from '../replay/track.ts';
import { Trials } from '../replay/trials.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { ReplayPlan } from './replay-plan.ts';
import type { PolicyResult, ReplayResult } from './result.ts';

/** Model that the seed of this product scaled by. */
export const SEED_MODEL = 'baseline';
const NS_PER_SECOND = 1e9;

/**
 * Replays the scaling of one period under every policy at equal settings.
 *
 * @param tracks forecasts of each model, the chosen one first
 * @param models those asked for; another one's track is the seed's
 * @param replicas what really ran, on the demand's grid from `plan.demandFrom` on; null: unknown
 */
export async function replayPolicies(
  kernel: Kernel,
  plan: ReplayPlan,
  tracks: readonly ForecastTrack[],
  models: readonly string[],
  replicas: Float64Array | null,
  signal: AbortSignal,
): Promise<ReplayResult | null> {
  const trials = new Trials(kernel, plan.setup);
  const reactive = memoized((headroom) => trials.reactive(plan.period, headroom));
  const ours: PolicyResult[] = [];
  for (const track of tracks) {
    // A stretch of seconds for each: what is pressed meanwhile must be heard.
    await setImmediate();
    if (signal.aborted) return null;
    const role = models.includes(track.model) ? 'ours' : 'seed';
    ours.push({ role, ...ourPolicy(trials, plan, track, null, reactive) });
    // As a second trigger beside the raw metric, the forecast need not carry every sudden rise.
    if (track !== tracks[0]) continue;
    ours.push({ role: 'ours', ...ourPolicy(trials, plan, track, plan.besideHeadroom, reactive) });
  }
  const comparison = ours[0]?.comparison ?? null;
  await setImmediate();
  const others = otherPolicies(kernel, trials, plan, tracks, comparison);
  const ran = replicas && whatRan(plan, replicas);
  const { demand, cluster } = plan.setup;
  const secondsAt = (step: number) => demand.startSeconds + step * demand.stepSeconds;
  return {
    fromSeconds: secondsAt(plan.period.from),
    toSeconds: secondsAt(plan.period.to),
    targetPerPod: cluster.capacityPerPod,
    targetFrom: plan.target.from,
    podStartSeconds: typicalSeconds(cluster.podReadySeconds),
    minReplicas: cluster.minReplicas,
    maxReplicas: cluster.maxReplicas,
    policies: [...ours, ...others, ...(ran ? [ran] : [])],
    comparison,
  };
}

function ourPolicy(
  trials: Trials,
  plan: ReplayPlan,
  track: ForecastTrack,
  reactiveHeadroom: number | null,
  reactive: (headroom: number) => Outcome,
): Omit<PolicyResult, 'role'> {
  const { period, settings } = plan;
  const played = trials.run(track, period, { forecast: settings, reactiveHeadroom }, true);
  const beside = reactiveHeadroom === null ? '' : ' + reactive';
  const outcome = { ...played, policy: `${played.policy}${beside}` };
  return {
    model: track.model,
    headroom: settings.quantileLevel > 0 ? 1 : settings.headroom,
    outcome,
    comparison: compare(outcome, reactive),
  };
}

/** All that is no forecast of a chosen model, each at the same target, bounds and pod start. */
function otherPolicies(
  kernel: Kernel,
  trials: Trials,
  plan: ReplayPlan,
  tracks: readonly ForecastTrack[],
  comparison: Comparison | null,
): PolicyResult[] {
  const { period, setup, settings } = plan;
  const policy = (
    role: PolicyResult['role'],
    name: string,
    headroom: number,
    outcome: Outcome,
  ): PolicyResult => {
    return { role, model: '', headroom, outcome: { ...outcome, policy: name }, comparison: null };
  };
  const keda = new Trials(kernel, {
    ...setup,
    cluster: { ...setup.cluster, keda: SCALED_OBJECT_DEFAULTS },
  });
  const [track] = tracks as [ForecastTrack];
  const foresight = { ...settings, headroom: 1, quantileLevel: 0 };
  const played = { forecast: foresight, reactiveHeadroom: null };
  const oracle = trials.run(oracleTrack(setup.demand, track), period, played, true);
  const { maxReplicas } = setup.cluster;
  const rival = comparison?.rivalHeadroom;
  const rivalName = comparison?.isSameCost ? 'reactive, same cost' : 'reactive, nearest cost';
  return [
    ...(rival === undefined
      ? []
      : [policy('rival', rivalName, rival, trials.reactive(period, rival, true))]),
    policy('reactive', 'reactive', 1, trials.reactive(period, 1, true)),
    policy('keda', 'keda', 1, keda.reactive(period, 1, true)),
    policy('oracle', 'oracle', 1, oracle),
    policy('static', 'static max', 1, trials.play(staticPolicy(maxReplicas), period, true)),
  ];
}

/** The replicas that really ran, taken as serving at once: what they cost and left unserved. */
function whatRan({ setup, period }: ReplayPlan, replicas: Float64Array): PolicyResult | null {
  const known = replicas.subarray(period.from, period.to);
  if (!known.some((count) => !Number.isNaN(count))) return null;
  const { demand, cluster } = setup;
  const fine = refineDemand(demand, demand.stepSeconds);
  const account = new Account(cluster.capacityPerPod, true);
  let running = known.find((count) => !Number.isNaN(count)) as number;
  account.seen(running);
  for (let i = period.from; i < period.to; i++) {
    const count = replicas[i] as number;
    const before = running;
    if (!Number.isNaN(count)) running = count;
    if (running !== before) account.scaled(before, running);
    const startSeconds = demand.startSeconds + i * demand.stepSeconds;
    if (running !== before || i === period.from) {
      account.note(startSeconds, running, running, running);
    }
    const value = fine.values[i] as number;
    account.add(demand.stepSeconds * NS_PER_SECOND, value, running, running);
  }
  const counted = sliceDemand(demand, period.from, period.to);
  const outcome = account.outcome('what really ran', counted, cluster.maxReplicas);
  return { role: 'actual', model: '', headroom: 1, outcome, comparison: null };
}

function memoized(of: (headroom: number) => Outcome): (headroom: number) => Outcome {
  const known = new Map<number, Outcome>();
  return (headroom) => {
    const outcome = known.get(headroom) ?? of(headroom);
    known.set(headroom, outcome);
    return outcome;
  };
}

/** The models to replay: those asked for, and the seed's beside them. */
export function replayedModels(models: readonly string[]): readonly string[] {
  return [...new Set([...models, SEED_MODEL])];
}
