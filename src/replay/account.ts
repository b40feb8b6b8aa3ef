import type { Demand } from './demand.ts';
import type { Outcome, Timeline } from './outcome.ts';
import { peakLeadSeconds } from './peak-lead.ts';

const NS_PER_SECOND = 1e9;
/** Utilisation is counted in a histogram: its grain, and its largest value. */
const GRAIN = 1 / 1000;
const BINS = 16_000;

type Counts = Omit<Outcome, 'policy' | 'peakLeadSeconds' | 'timeline'>;

/** Sums up what ready pods serve, over stretches in which nothing changes. */
export class Account {
  #podSeconds = 0;
  #demand = 0;
  #unserved = 0;
  #shortSeconds = 0;
  #depthSeconds = 0;
  #depthMax = 0;
  #seconds = 0;
  #ups = 0;
  #downs = 0;
  #most = 0;
  #least = Number.POSITIVE_INFINITY;
  readonly #utilisation = new Float64Array(BINS + 1);
  readonly #timeline: { [K in keyof Timeline]: number[] } | null;

  constructor(
    private readonly capacityPerPod: number,
    withTimeline: boolean,
  ) {
    this.#timeline = withTimeline
      ? { timesSeconds: [], specReplicas: [], pods: [], readyPods: [] }
      : null;
  }

  /** `demand` against `readyPods` pods for `durationNs`; NaN: unknown, only the pods count. */
  add(durationNs: number, demand: number, pods: number, readyPods: number): void {
    const seconds = durationNs / NS_PER_SECOND;
    this.#seconds += seconds;
    this.#podSeconds += pods * seconds;
    if (!(demand > 0)) {
      if (demand <= 0) this.#utilisation[0] = (this.#utilisation[0] as number) + seconds;
      return;
    }
    const capacity = readyPods * this.capacityPerPod;
    this.#demand += demand * seconds;
    const bin = Math.min(Math.ceil(demand / capacity / GRAIN - 1e-9), BINS);
    this.#utilisation[bin] = (this.#utilisation[bin] as number) + seconds;
    const short = demand - capacity;
    if (short <= demand * 1e-12) return;
    this.#unserved += short * seconds;
    this.#shortSeconds += seconds;
    const depth = short / demand;
    this.#depthSeconds += depth * seconds;
    if (depth > this.#depthMax) this.#depthMax = depth;
  }

  /** A write of spec.replicas. */
  scaled(before: number, after: number): void {
    if (after > before) this.#ups++;
    else if (after < before) this.#downs++;
    this.seen(after);
  }

  /** spec.replicas as it is. */
  seen(replicas: number): void {
    if (replicas > this.#most) this.#most = replicas;
    if (replicas < this.#least) this.#least = replicas;
  }

  /** Notes a change for the timeline. */
  note(timeSeconds: number, specReplicas: number, pods: number, readyPods: number): void {
    if (!this.#timeline) return;
    const { timesSeconds, ...counts } = this.#timeline;
    const isSame =
      counts.specReplicas.at(-1) === specReplicas &&
      counts.pods.at(-1) === pods &&
      counts.readyPods.at(-1) === readyPods;
    if (isSame) return;
    timesSeconds.push(timeSeconds);
    counts.specReplicas.push(specReplicas);
    counts.pods.push(pods);
    counts.readyPods.push(readyPods);
  }

  outcome(policy: string, demand: Demand, maxReplicas: number): Outcome {
    const counts: Counts = {
      durationSeconds: this.#seconds,
      podHours: this.#podSeconds / 3600,
      demandTotal: this.#demand,
      unservedTotal: this.#unserved,
      unservedShare: this.#demand > 0 ? this.#unserved / this.#demand : 0,
      shortMinutes: this.#shortSeconds / 60,
      shortDepthMean: this.#shortSeconds > 0 ? this.#depthSeconds / this.#shortSeconds : 0,
      shortDepthMax: this.#depthMax,
      utilisationP99: this.#utilisationAt(0.99),
      scaleUps: this.#ups,
      scaleDowns: this.#downs,
      replicasMax: this.#most,
      replicasMin: this.#least,
    };
    const timeline = this.#timeline;
    const capacity = { capacityPerPod: this.capacityPerPod, maxReplicas };
    const lead = timeline && peakLeadSeconds(demand, timeline, capacity);
    return { policy, ...counts, peakLeadSeconds: lead, timeline };
  }

  #utilisationAt(share: number): number {
    const total = this.#utilisation.reduce((sum, seconds) => sum + seconds, 0);
    let below = 0;
    for (const [bin, seconds] of this.#utilisation.entries()) {
      below += seconds;
      if (below >= share * total) return bin * GRAIN;
    }
    return 0;
  }
}
