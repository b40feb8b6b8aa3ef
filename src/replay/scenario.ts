import { Account } from './account.ts';
import type { Demand } from './demand.ts';
import { Deployment } from './deployment.ts';
import { Hpa, type HpaWorld } from './hpa.ts';
import { type Behavior, HPA_DEFAULTS } from './hpa-spec.ts';
import { Keda, type KedaWorld, type Reading, type ScaledObject } from './keda.ts';
import { toMilli } from './milli.ts';
import { Nodes } from './nodes.ts';
import type { Outcome } from './outcome.ts';
import type { Policy, PolicyMetric } from './policy.ts';
import { delaysNs, type StartDelay } from './start-delay.ts';

const NS_PER_SECOND = 1e9;
/** Of a query: what would be 300 s old at a sync is a little older, as it really is. */
const LATENCY_NS = 1_000;

/** Where a policy runs: equal for all that are compared. */
export interface Cluster {
  /** Demand that one ready pod serves, in the metric's unit. */
  readonly capacityPerPod: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly behavior: Behavior | null;
  readonly tolerance: number;
  readonly downscaleStabilizationSeconds: number;
  readonly syncSeconds: number;
  readonly podCreateSeconds: number;
  readonly podReadySeconds: StartDelay;
  /** Null: there is always room. */
  readonly nodes: {
    readonly podsPerNode: number;
    readonly minNodes: number;
    readonly startSeconds: number;
    readonly idleSeconds: number;
  } | null;
  /** Of the random start delays. */
  readonly seed: number;
  /** KEDA's part, needed with minReplicas 0, an idle count or a fallback; null: the HPA alone. */
  readonly keda: Omit<ScaledObject, 'triggers' | 'minReplicas'> | null;
}

/** An unchanged controller, pods that start in a minute, always room for them. */
export const CLUSTER_DEFAULTS = {
  behavior: HPA_DEFAULTS.behavior,
  tolerance: HPA_DEFAULTS.tolerance,
  downscaleStabilizationSeconds: HPA_DEFAULTS.downscaleStabilizationSeconds,
  syncSeconds: 15,
  podCreateSeconds: 0,
  podReadySeconds: 60,
  nodes: null,
  seed: 1,
  keda: null,
} as const;

export interface ScenarioOptions {
  /** Steps at the start that are played but not counted. */
  readonly warmupSteps: number;
  readonly withTimeline: boolean;
}

/**
 * Plays a policy against a demand in virtual time: HPA syncs every `syncSeconds`, KEDA's polls when
 * there are any, pods that serve only while Ready. The first sync is one period after the start,
 * which finds the pods that the first known demand needs.
 */
export function runScenario(
  demand: Demand,
  cluster: Cluster,
  policy: Policy,
  options: ScenarioOptions,
): Outcome {
  const world = new World(demand, cluster, policy.metrics, options);
  world.play();
  const { values, startSeconds, stepSeconds } = demand;
  const counted = {
    values: values.subarray(options.warmupSteps),
    startSeconds: startSeconds + options.warmupSteps * stepSeconds,
    stepSeconds,
  };
  return world.account.outcome(policy.name, counted, cluster.maxReplicas);
}

class World implements HpaWorld, KedaWorld {
  nowNs = 0;
  readonly account: Account;
  readonly #deployment: Deployment;
  readonly #hpa: Hpa;
  readonly #keda: Keda | null;
  readonly #stepNs: number;
  readonly #endNs: number;
  readonly #countFromNs: number;
  /** The step that the time lies in, and when it ends. */
  #step = 0;
  #stepEndNs: number;

  constructor(
    private readonly demand: Demand,
    private readonly cluster: Cluster,
    private readonly metrics: readonly PolicyMetric[],
    options: ScenarioOptions,
  ) {
    this.#stepNs = demand.stepSeconds * NS_PER_SECOND;
    this.#stepEndNs = this.#stepNs;
    this.#endNs = demand.values.length * this.#stepNs;
    this.#countFromNs = options.warmupSteps * this.#stepNs;
    this.account = new Account(cluster.capacityPerPod, options.withTimeline);
    this.#deployment = new Deployment(startReplicas(demand, cluster), podStart(cluster));
    const { keda, minReplicas } = cluster;
    const triggers = metrics.map(({ target }) => ({ metricType: 'AverageValue' as const, target }));
    this.#keda = keda && new Keda({ ...keda, minReplicas, triggers }, demand.startSeconds);
    this.#hpa = new Hpa({
      ...HPA_DEFAULTS,
      minReplicas: this.#keda?.hpaMinReplicas ?? minReplicas,
      maxReplicas: cluster.maxReplicas,
      behavior: cluster.behavior,
      tolerance: cluster.tolerance,
      downscaleStabilizationSeconds: cluster.downscaleStabilizationSeconds,
      metrics: metrics.map(({ target }, i) => ({
        ...{ name: `s${i}`, type: 'AverageValue' as const },
        targetMilli: Math.max(1, Math.ceil(toMilli(target))),
      })),
    });
  }

  get specReplicas(): number {
    return this.#deployment.specReplicas;
  }

  get pods(): number {
    return this.#deployment.pods;
  }

  get readyPods(): number {
    return this.#deployment.readyPods;
  }

  get nowSeconds(): number {
    return this.demand.startSeconds + this.nowNs / NS_PER_SECOND;
  }

  get isHpaActive(): boolean {
    return this.#hpa.conditions.scalingActive === 'ValidMetricFound';
  }

  readMilli(index: number): number {
    const value = this.#keda
      ? this.#keda.metric(index, this)
      : (this.metrics[index] as PolicyMetric).read(this.nowSeconds, this.pods);
    this.#advance(this.nowNs + LATENCY_NS);
    return Number.isNaN(value) ? value : toMilli(value);
  }

  read(trigger: number): Reading {
    const value = (this.metrics[trigger] as PolicyMetric).read(this.nowSeconds, this.pods);
    return Number.isNaN(value) ? 'error' : { value, isActive: value > 0 };
  }

  setSpec(replicas: number): void {
    if (this.nowNs >= this.#countFromNs) this.account.scaled(this.specReplicas, replicas);
    this.#deployment.setSpec(replicas, this.nowNs);
    this.#note();
  }

  play(): void {
    const syncNs = this.cluster.syncSeconds * NS_PER_SECOND;
    const pollNs = (this.cluster.keda?.pollingIntervalSeconds ?? 0) * NS_PER_SECOND;
    let nextSyncNs = syncNs;
    let nextPollNs = this.#keda ? 0 : Number.POSITIVE_INFINITY;
    if (this.#countFromNs === 0) this.#begin();
    for (;;) {
      const nextNs = Math.min(nextSyncNs, nextPollNs);
      if (nextNs > this.#endNs) break;
      this.#advance(nextNs);
      if (nextNs === nextPollNs) {
        this.#keda?.poll(this);
        nextPollNs += pollNs;
      } else {
        const before = this.specReplicas;
        const after = this.#hpa.sync(this);
        if (after !== before) this.setSpec(after);
        nextSyncNs = this.nowNs + syncNs;
      }
    }
    this.#advance(this.#endNs);
  }

  /** Lets the time pass, counting what is served until then. */
  #advance(untilNs: number): void {
    const deployment = this.#deployment;
    const end = Math.min(untilNs, this.#endNs);
    while (this.nowNs < end) {
      let until = Math.min(end, this.#stepEndNs, deployment.nextNs);
      const isCounted = this.nowNs >= this.#countFromNs;
      if (!isCounted && until > this.#countFromNs) until = this.#countFromNs;
      if (isCounted && until > this.nowNs) {
        const demand = this.demand.values[this.#step] as number;
        this.account.add(until - this.nowNs, demand, deployment.pods, deployment.readyPods);
      }
      this.nowNs = until;
      if (until === this.#stepEndNs) {
        this.#step++;
        this.#stepEndNs += this.#stepNs;
      }
      if (deployment.nextNs <= until) {
        deployment.advance(until);
        this.#note();
      }
      if (!isCounted && until === this.#countFromNs) this.#begin();
    }
  }

  #begin(): void {
    this.account.seen(this.specReplicas);
    this.#note();
  }

  #note(): void {
    if (this.nowNs < this.#countFromNs) return;
    this.account.note(this.nowSeconds, this.specReplicas, this.pods, this.readyPods);
  }
}

function startReplicas({ values }: Demand, cluster: Cluster): number {
  const first = values.find((value) => !Number.isNaN(value)) ?? 0;
  const needed = Math.ceil(first / cluster.capacityPerPod);
  return Math.min(Math.max(needed, cluster.minReplicas), cluster.maxReplicas);
}

function podStart({ podCreateSeconds, podReadySeconds, nodes, seed }: Cluster) {
  return {
    createNs: Math.round(podCreateSeconds * NS_PER_SECOND),
    readyNs: delaysNs(podReadySeconds, seed),
    nodes:
      nodes &&
      new Nodes({
        podsPerNode: nodes.podsPerNode,
        minNodes: nodes.minNodes,
        startNs: Math.round(nodes.startSeconds * NS_PER_SECOND),
        idleNs: Math.round(nodes.idleSeconds * NS_PER_SECOND),
      }),
  };
}
