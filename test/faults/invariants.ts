import type { ServingPolicy } from '../../src/forecast/served.ts';
import type { Answer, Basis } from './answer.ts';

type Policy = ServingPolicy & {
  readonly stepSeconds: number;
  readonly settleSeconds: number;
  readonly intervalSeconds: number;
};

/** What KEDA can be told. */
type Said = number | 'unknown';

/** What an invariant is checked on: every answer of a scenario, and what would have been right. */
export interface Run {
  readonly answers: readonly Answer[];
  readonly policy: Policy;
  /** Plans of the clean history by cutoff, epoch seconds. */
  readonly cleanPlans: ReadonlyMap<number, readonly number[]>;
  /** Whether the samples themselves were spoilt: `missing`, `wrong`, or not at all. */
  readonly samples: 'honest' | 'missing' | 'wrong';
  /** Since when they are, epoch seconds. */
  readonly spoiltFromSeconds: number;
  /** How long a call may take before KEDA gives up and sets min 0 to 0. */
  readonly hangSecondsMax: number;
  /** From when on all has to be as before, since the scenario began. */
  readonly recoveredAtSeconds: number;
  readonly crashes: readonly string[];
  /**
   * Who asked the source at which tick, by its number; empty where nothing is shared or the store,
   * the clocks and the processes were not well all the time.
   */
  readonly queries: readonly { readonly tick: number; readonly by: string }[];
  /** Of a client that asks all the time: whether it was answered. Empty = there was none. */
  readonly probes: readonly { readonly atSeconds: number; readonly isAnswered: boolean }[];
  /** Processes that faults of one place struck, by name; null when others were struck, too. */
  readonly struck: ReadonlySet<string> | null;
  /** Whether a source or a shared store was there for a process that starts anew. */
  readonly canStartAnew: boolean;
}

export interface Violation {
  readonly invariant: InvariantName;
  readonly atSeconds: number;
  readonly what: string;
}

interface Invariant {
  /** The words. */
  readonly quote: string;
  readonly check: (run: Run) => Iterable<readonly [atSeconds: number, what: string]>;
}

/** Replicas by which a plan may lie under the clean one where the model had to fill holes. */
const HOLE_REPLICAS = 1;
const HOLE_SHARE = 0.1;
const GAP_SECONDS_MAX = 1;
/** A process has started and forecast within this, without faults. */
const STARTED_SECONDS = 100;
/** A query that fails late, a look, and the delay until a snapshot is in force. */
const LATE_SECONDS = 20;
/** Clocks and instants are compared to the millisecond, processes asked one after the other. */
const FUZZ_SECONDS = 1.5;

/** What must hold at every answer, by name. */
export const INVARIANTS = {
  'clean floor': {
    quote:
      "never below the clean plan's floor on stale or missing data (`--on-stale min` excepted)",
    *check(run) {
      if (run.samples === 'wrong') return;
      for (const answer of run.answers) {
        if (answer.outcome.kind !== 'replicas') continue;
        const floor = floorOf(answer, run);
        if (floor === null || answer.outcome.replicas >= floor) continue;
        const { replicas } = answer.outcome;
        yield [answer.atSeconds, `${answer.by} answers ${replicas}, the clean floor is ${floor}`];
      }
    },
  },
  'never zero for unknown': {
    quote: 'never 0 for unknown',
    *check(run) {
      for (const answer of run.answers) {
        const { outcome, basis, by } = answer;
        const isZero = outcome.kind === 'replicas' && outcome.replicas <= 0;
        const isInactive = outcome.kind === 'active' && !outcome.isActive;
        if (!isZero && !isInactive) continue;
        const said = isZero ? 'answers 0' : 'says inactive';
        const { atSeconds } = answer;
        if (!basis) yield [atSeconds, `${by} ${said} and knows nothing`];
        else if (ageSeconds(answer, basis) > run.policy.staleAfterSeconds + FUZZ_SECONDS) {
          yield [atSeconds, `${by} ${said} from a forecast that is stale`];
        } else if (run.samples !== 'wrong' && (cleanMost(answer, basis, run) ?? 0) > 0) {
          yield [atSeconds, `${by} ${said}, the clean plan of the lead time is above 0`];
        }
      }
    },
  },
  'one answer for one cutoff': {
    quote: 'never two different answers for one cutoff (same options)',
    *check({ answers }) {
      const seen = new Map<string, { readonly said: string; readonly by: string }>();
      for (const { atSeconds, by, basis } of answers) {
        if (!basis) continue;
        const said = `${basis.id} ${basis.plan}`;
        const key = `${basis.optionsId} ${basis.cutoffSeconds}`;
        const first = seen.get(key);
        if (!first) seen.set(key, { said, by });
        else if (first.said !== said) {
          const cutoff = new Date(basis.cutoffSeconds * 1000).toISOString();
          yield [
            atSeconds,
            `${by} has for cutoff ${cutoff} ${said}, ${first.by} had ${first.said}`,
          ];
        }
      }
    },
  },
  'clean plan from honest samples': {
    quote: 'every answer is a pure function of (options, cutoff, samples on the grid)',
    *check({ answers, cleanPlans, samples }) {
      if (samples !== 'honest') return;
      for (const { atSeconds, by, basis } of answers) {
        if (!basis) continue;
        const clean = cleanPlans.get(basis.cutoffSeconds);
        if (clean && `${clean}` !== `${basis.plan}`) {
          yield [atSeconds, `${by} plans ${basis.plan}, the clean history ${clean}`];
        }
      }
    },
  },
  'no old number as fresh': {
    quote: 'never an old number as fresh',
    *check({ answers, policy }) {
      const { staleAfterSeconds, stepSeconds, settleSeconds } = policy;
      for (const answer of answers) {
        const { basis, saysStale, by, atSeconds } = answer;
        if (!basis || saysStale !== false) continue;
        // HTTP was asked first.
        const age = ageSeconds(atPartOf(answer, 0), basis);
        if (age > staleAfterSeconds + FUZZ_SECONDS) {
          yield [atSeconds, `${by} shows a forecast of ${age} s as fresh`];
        }
        const lag = basis.generatedAtSeconds - basis.cutoffSeconds;
        if (lag > stepSeconds + settleSeconds) {
          yield [atSeconds, `${by} stamped a forecast ${lag} s after its newest sample`];
        }
      }
    },
  },
  'stale is served by the ladder': {
    quote: '--on-stale hold: max(default-min, last served fresh, plan), else UNAVAILABLE',
    *check(run) {
      const unknown: readonly Said[] = ['unknown'];
      for (const answer of run.answers) {
        const { outcome, basis, by, atSeconds } = answer;
        if (outcome.kind !== 'replicas' && outcome.kind !== 'error') continue;
        if (answer.method !== 'GetMetrics') continue;
        const plan = basis && { ...basis, replicas: basis.plan };
        const wanted = plan ? ladder(answer, basis, plan, run.policy) : unknown;
        const said = outcome.kind === 'replicas' ? outcome.replicas : 'unknown';
        if (wanted.includes(said)) continue;
        yield [atSeconds, `${by} answers ${said}, the ladder says ${wanted.join(' or ')}`];
      }
    },
  },
  'GetMetricSpec always answers': {
    quote: 'GetMetricSpec always answers',
    *check({ answers }) {
      for (const { atSeconds, by, method, outcome } of answers) {
        if (method !== 'GetMetricSpec' || outcome.kind !== 'error') continue;
        yield [atSeconds, `${by} answers GetMetricSpec with ${outcome.status}`];
      }
    },
  },
  'nothing hangs until KEDA gives up': {
    quote: "SIGSTOP at min 0: the liveness probe's kill must come first",
    *check({ answers, hangSecondsMax }) {
      for (const { atSeconds, by, method, tookSeconds } of answers) {
        if (tookSeconds < hangSecondsMax) continue;
        yield [atSeconds, `${by} let ${method} wait for ${tookSeconds} s`];
      }
    },
  },
  'recovery within two intervals': {
    quote: 'recovery within 2 intervals',
    *check({ answers, policy, recoveredAtSeconds }) {
      for (const answer of answers) {
        const { atSeconds, by, method, outcome, basis } = answer;
        if (atSeconds < recoveredAtSeconds || outcome.kind === 'unreachable') continue;
        if (outcome.kind === 'error') {
          yield [atSeconds, `${by} still answers ${method} with ${outcome.status}: ${outcome.why}`];
        } else if (!basis || ageSeconds(answer, basis) > policy.staleAfterSeconds) {
          yield [atSeconds, `${by} still serves what is stale`];
        }
      }
    },
  },
  'no crash': {
    quote: 'no crash; no unhandled rejection',
    *check({ crashes, answers }) {
      for (const crash of crashes) yield [answers.at(-1)?.atSeconds ?? 0, crash];
      for (const { atSeconds, by, outcome } of answers) {
        if (outcome.kind !== 'error') continue;
        const { status, why } = outcome;
        if (status !== 'UNAVAILABLE') yield [atSeconds, `${by} answers ${status}: ${why}`];
      }
    },
  },
  'rolling restart leaves no gap': {
    quote: 'longest `Unavailable` gap with two or more addresses < 1 s on rolling restart',
    *check({ probes, canStartAnew }) {
      if (!canStartAnew) return;
      let failedSince: number | null = null;
      for (const { atSeconds, isAnswered } of probes) {
        if (!isAnswered) failedSince ??= atSeconds;
        const gap = atSeconds - (failedSince ?? atSeconds);
        if (gap >= GAP_SECONDS_MAX) yield [atSeconds, `nobody has answered for ${gap} s`];
        if (isAnswered) failedSince = null;
      }
    },
  },
  'one that fails leaves the others well': {
    quote: 'Lease holder killed → next tick someone else writes',
    *check({ answers, policy, struck }) {
      if (!struck) return;
      const ageMost = (1 + struck.size) * policy.intervalSeconds + LATE_SECONDS;
      for (const answer of answers) {
        const { atSeconds, by, method, outcome, basis } = answer;
        if (struck.has(by) || atSeconds < STARTED_SECONDS) continue;
        if (outcome.kind === 'error') {
          yield [atSeconds, `${by} answers ${method} with ${outcome.status}: ${outcome.why}`];
        } else if (!basis || ageSeconds(answer, basis) > ageMost) {
          yield [atSeconds, `${by} has no forecast of the last ${ageMost} s`];
        }
      }
    },
  },
  'one replica asks for all': {
    quote: "one writer per workload by a lease: N replicas cost one replica's queries",
    *check({ queries }) {
      const askers = new Map<number, string>();
      for (const { tick, by } of queries) {
        const first = askers.get(tick) ?? by;
        askers.set(tick, first);
        if (first !== by) yield [0, `at tick ${tick} ${by} asks the source, and so did ${first}`];
      }
    },
  },
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof INVARIANTS;

/** Every violation, one an invariant and answer at most, by time. */
export function violationsOf(run: Run): Violation[] {
  const found = Object.entries(INVARIANTS).flatMap(([name, { check }]) =>
    Array.from(check(run), ([atSeconds, what]) => ({
      invariant: name as InvariantName,
      atSeconds,
      what,
    })),
  );
  return found.sort((a, b) => a.atSeconds - b.atSeconds);
}

/** The least age that the forecast can have: what lies in the future is as far off as the past. */
function ageSeconds(answer: Answer, basis: Basis): number {
  const ages = timesSeconds(answer, basis).map((time) => Math.abs(time - basis.generatedAtSeconds));
  return Math.min(...ages);
}

/**
 * What the answerer may take for the time: what its clock says, and never less than what it said
 * when the forecast came and has passed since. Where the clock was set meanwhile there are two.
 */
function timesSeconds({ clockSeconds }: Answer, basis: Basis): number[] {
  const { generatedAtSeconds, heldSeconds, agesThenSeconds } = basis;
  const since = generatedAtSeconds + heldSeconds;
  return agesThenSeconds.map((age) => Math.max(clockSeconds, since + age));
}

/** Most of a plan over the steps of [from, from + lead]. */
function mostIn(plan: Plan, fromSeconds: number, leadSeconds: number): number {
  const { replicas, cutoffSeconds, stepSeconds } = plan;
  const last = replicas.length - 1;
  const clip = (index: number): number => Math.min(Math.max(index, 0), last);
  const first = Math.floor((fromSeconds - cutoffSeconds) / stepSeconds);
  const end = first + Math.ceil(leadSeconds / stepSeconds);
  return Math.max(...replicas.slice(clip(first), clip(end) + 1));
}

interface Plan {
  readonly replicas: readonly number[];
  readonly cutoffSeconds: number;
  readonly stepSeconds: number;
}

/**
 * What the clean history says at the answerer's cutoff. While samples are missing the answerer is
 * not to know what they said: then also what it said at each cutoff since they are.
 */
function cleanPlans(basis: Basis, { cleanPlans, samples, spoiltFromSeconds }: Run): Plan[] {
  const { cutoffSeconds, stepSeconds } = basis;
  const spoiltFrom = Math.floor(spoiltFromSeconds / stepSeconds) * stepSeconds;
  const oldest = samples === 'missing' ? Math.min(spoiltFrom, cutoffSeconds) : cutoffSeconds;
  const plans: Plan[] = [];
  for (let cutoff = oldest; cutoff <= cutoffSeconds; cutoff += stepSeconds) {
    const replicas = cleanPlans.get(cutoff);
    if (replicas) plans.push({ replicas, cutoffSeconds: cutoff, stepSeconds });
  }
  return plans;
}

/** The least that the clean history says of the lead time now; null where it is not known. */
function cleanMost(answer: Answer, basis: Basis, run: Run): number | null {
  const { leadSeconds } = answer;
  const most = timesSeconds(answer, basis).flatMap((timeSeconds) =>
    cleanPlans(basis, run).map((plan) => mostIn(plan, timeSeconds, leadSeconds)),
  );
  return most.length > 0 ? Math.min(...most) : null;
}

/** The least that an answer of replicas may be; null where there is no such thing. */
function floorOf(answer: Answer, run: Run): number | null {
  const { basis } = answer;
  const { policy, samples } = run;
  if (!basis) return Number.POSITIVE_INFINITY;
  if (policy.onStale === 'min' && ageSeconds(answer, basis) > policy.staleAfterSeconds) return null;
  const allowed = cleanPlans(basis, run).flatMap((plan) => ladder(answer, basis, plan, policy));
  const floors = allowed.filter((one) => one !== 'unknown');
  if (floors.length === 0) return null;
  const floor = Math.min(...floors);
  return samples === 'missing' ? floor - Math.max(HOLE_REPLICAS, HOLE_SHARE * floor) : floor;
}

/** What the ladder makes of a plan: one answer, or several where the age is in doubt. */
function ladder(answer: Answer, basis: Basis, plan: Plan, policy: Policy): Said[] {
  // It looked at its clock at some instant of the call.
  const instants = answer.tookSeconds === 0 ? [1] : [0, 0.25, 0.5, 0.75, 1];
  const said = instants.flatMap((part) => ladderAt(atPartOf(answer, part), basis, plan, policy));
  return [...new Set(said)];
}

/** The answer as if it had been given at a part of the call: 0 its begin, 1 its end. */
function atPartOf(answer: Answer, part: number): Answer {
  return { ...answer, clockSeconds: answer.clockSeconds - (1 - part) * answer.tookSeconds };
}

function ladderAt(answer: Answer, basis: Basis, plan: Plan, policy: Policy): Said[] {
  const { generatedAtSeconds } = basis;
  return timesSeconds(answer, basis).flatMap((timeSeconds) => {
    const fresh = mostIn(plan, timeSeconds, answer.leadSeconds);
    const over = Math.abs(timeSeconds - generatedAtSeconds) - policy.staleAfterSeconds;
    const stale = staleAnswer({ ...answer, timeSeconds }, basis, plan, policy);
    // At the edge both are right: two clocks are looked at one after the other.
    if (Math.abs(over) <= FUZZ_SECONDS) return [fresh, stale];
    return [over < 0 ? fresh : stale];
  });
}

function staleAnswer(
  { timeSeconds, leadSeconds }: { readonly timeSeconds: number; readonly leadSeconds: number },
  { generatedAtSeconds }: Basis,
  plan: Plan,
  { onStale, defaultMin, staleAfterSeconds }: Policy,
): Said {
  if (onStale === 'error') return 'unknown';
  if (onStale === 'min') return Math.max(1, defaultMin);
  const endSeconds = plan.cutoffSeconds + plan.replicas.length * plan.stepSeconds;
  if (timeSeconds + leadSeconds > endSeconds) return 'unknown';
  const lastFresh = mostIn(plan, generatedAtSeconds + staleAfterSeconds, leadSeconds);
  const held = Math.max(defaultMin, lastFresh, mostIn(plan, timeSeconds, leadSeconds));
  return held === 0 ? 'unknown' : held;
}
