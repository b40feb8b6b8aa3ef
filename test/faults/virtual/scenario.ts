import { Random } from '../random.ts';
import { SHAPES, type Shape } from './demand.ts';
import { FAULT_NAMES, type FaultName, faultKind } from './fault-kinds.ts';

export interface Injection {
  readonly name: FaultName;
  /** Since the scenario began. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Which of the processes it strikes when it is one of one place. */
  readonly target: number;
}

/** Everything that a run depends on, drawn from one number. */
export interface Scenario {
  readonly seed: number;
  readonly shape: Shape;
  readonly startMs: number;
  readonly flags: readonly string[];
  readonly leadSeconds: number;
  readonly usesRedis: boolean;
  readonly isMinZero: boolean;
  readonly injections: readonly Injection[];
  readonly seconds: number;
}

export const PROCESSES = 3;
export const STEP_SECONDS = 60;
export const INTERVAL_SECONDS = 30;
/** Seeds below this number are of single faults, each kind as often; those above of pairs. */
export const SINGLES = 4 * FAULT_NAMES.length;

/** A Tuesday; a scenario begins within the week after it. */
const EPOCH_MS = Date.parse('2026-03-03T00:00:00Z');
const WEEK_SECONDS = 7 * 86_400;
const QUIET_SECONDS = 150;
const FAULT_SECONDS_MIN = 20;
const FAULT_SECONDS_MAX = 420;
/** After the last fault: two intervals to recover, and then some to look at. */
const AFTER_SECONDS = 300;

/** The scenario of a seed; the same for ever, unless faults are added. */
export function scenarioOf(seed: number): Scenario {
  const draw = new Random(seed);
  const names = namesOf(seed, draw);
  const usesRedis = names.some((name) => faultKind(name).needsRedis) || draw.chance(0.3);
  const isMinZero = draw.chance(0.4);
  const leadSeconds = draw.pick([60, 180, 300]);
  const injections = injectionsOf(names, draw);
  const shape = draw.pick(SHAPES.filter((one) => isMinZero || one !== 'night'));
  const last = Math.max(...injections.map(({ toSeconds }) => toSeconds));
  return {
    seed,
    shape,
    startMs: EPOCH_MS + draw.whole(0, WEEK_SECONDS) * 1000,
    flags: flagsOf(draw, { isMinZero, leadSeconds }),
    leadSeconds,
    usesRedis,
    isMinZero,
    injections,
    seconds: last + AFTER_SECONDS,
  };
}

function namesOf(seed: number, draw: Random): FaultName[] {
  const first = FAULT_NAMES[seed % FAULT_NAMES.length] as FaultName;
  return seed < SINGLES ? [first] : [first, draw.pick(FAULT_NAMES.filter((one) => one !== first))];
}

function injectionsOf(names: readonly FaultName[], draw: Random): Injection[] {
  return names.map((name, i) => {
    const { secondsMax = FAULT_SECONDS_MAX } = faultKind(name);
    const fromSeconds = QUIET_SECONDS + draw.whole(0, 60) + i * draw.whole(0, 120);
    const seconds = draw.whole(Math.min(FAULT_SECONDS_MIN, secondsMax), secondsMax);
    return { name, fromSeconds, toSeconds: fromSeconds + seconds, target: draw.whole(0, 2) };
  });
}

function flagsOf(draw: Random, { isMinZero, leadSeconds }: Record<string, unknown>): string[] {
  return [
    '--workload=shop/api',
    '--prom-url=http://prometheus:9090',
    '--prom-query=http_rps',
    `--step=${STEP_SECONDS}s`,
    `--interval=${INTERVAL_SECONDS}s`,
    '--history=30h',
    `--lead-time=${leadSeconds}s`,
    `--model=${draw.pick(['baseline', 'baseline', 'baseline', 'seasonal-average', 'ets'])}`,
    `--on-stale=${draw.pick(['hold', 'hold', 'hold', 'hold', 'min', 'error'])}`,
    `--min=${isMinZero ? 0 : 2}`,
    `--default-min=${isMinZero ? draw.pick([0, 2]) : 2}`,
    '--max=50',
    ...(draw.chance(0.2) ? ['--quantile-level=p90'] : []),
  ];
}
