/** Tolerance of the HPA controller, and how long it looks back before it scales down: its flags'
 * defaults (pkg/controller/podautoscaler/config). */
export const HPA_TOLERANCE = 0.1;
export const HPA_STABILIZATION_SECONDS = 300;

/** Within it a ratio changes nothing: 1 − down … 1 + up, bounds included. */
export interface Tolerances {
  readonly down: number;
  readonly up: number;
}

/** How far back the pods there are get derived; a change over the tolerance forgets all before. */
export const PAST_STEPS_MAX = 512;

const BY_DEFAULT: Tolerances = { down: HPA_TOLERANCE, up: HPA_TOLERANCE };

/** The controller's own expression (replica_calculator.go), to the last bit. */
export function isWithin({ down, up }: Tolerances, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

/**
 * `replicas`, or where an HPA would do nothing about such an increase, the first number that it
 * acts on. What is no increase stays, and so does what no number within `maxReplicas` would change.
 *
 * Never over 1.1 × replicas, and it keeps the order of two numbers: the most of a window, lifted,
 * is the most of the lifted window.
 *
 * @param present each number of pods that the fleet may have now
 */
export function liftOver(
  replicas: number,
  present: readonly number[],
  maxReplicas: number,
): number {
  let most = replicas;
  for (const pods of present) {
    if (replicas <= pods || !isWithin(BY_DEFAULT, replicas / pods)) continue;
    let acting = Math.max(replicas, Math.floor(pods * (1 + HPA_TOLERANCE)));
    while (isWithin(BY_DEFAULT, acting / pods)) acting++;
    if (acting <= maxReplicas) most = Math.max(most, acting);
  }
  return most;
}

/** Each step of a plan, judged against the pods there are at its start. */
export function liftPlan(
  plan: Float64Array,
  present: readonly number[],
  maxReplicas: number,
): Float64Array {
  return plan.map((replicas) => liftOver(replicas, present, maxReplicas));
}

/** A fleet under an HPA at its defaults, one step of the grid at a time. */
class Fleet {
  readonly #wanted: number[] = [];

  constructor(
    public replicas: number,
    private readonly heldSteps: number,
  ) {}

  follow(told: number): void {
    this.#wanted.push(isWithin(BY_DEFAULT, told / this.replicas) ? this.replicas : told);
    if (this.#wanted.length > this.heldSteps) this.#wanted.shift();
    this.replicas = Math.max(...this.#wanted);
  }
}

/**
 * The pods that a fleet has whose HPA was told the plan all along: derived, so that replicas and a
 * process that restarted agree. What was told at a past step is the most of the plan from there to
 * the end of the lead time. Whether the fleet came by every lift or by none of them depends on
 * forecasts that nobody remembers, so both numbers are given.
 *
 * @param past the plan of the observed steps, oldest first
 * @param plan of the steps to come, into which the last windows reach
 * @param windowSteps steps that the lead time touches
 */
export function presentReplicas(
  past: Float64Array,
  plan: Float64Array,
  windowSteps: number,
  { stepSeconds, maxReplicas }: { readonly stepSeconds: number; readonly maxReplicas: number },
): number[] {
  const all = Float64Array.of(...past, ...plan);
  const toldAt = (step: number) => Math.max(...all.subarray(step, step + windowSteps));
  const heldSteps = 1 + Math.floor(HPA_STABILIZATION_SECONDS / stepSeconds);
  const [unlifted, lifted] = [0, 0].map(() => new Fleet(toldAt(0), heldSteps)) as [Fleet, Fleet];
  for (let step = 0; step < past.length; step++) {
    const told = toldAt(step);
    const both = [unlifted.replicas, lifted.replicas];
    unlifted.follow(told);
    lifted.follow(liftOver(told, both, maxReplicas));
  }
  return past.length === 0 ? [] : [...new Set([unlifted.replicas, lifted.replicas])];
}
