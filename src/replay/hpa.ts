import type { Tolerances } from '../capacity/deadband.ts';
import { type Pods, proposal } from './hpa-metric.ts';
import { type FullRules, fullDownRules, fullUpRules, type HpaSpec } from './hpa-spec.ts';
import { Recommendations } from './recommendations.ts';
import { RateLimits } from './scale-events.ts';

/** The cluster as one sync of the controller sees it. */
export interface HpaWorld extends Pods {
  readonly specReplicas: number;
  /** Nanoseconds of virtual time, whole. */
  readonly nowNs: number;
  /** The metric in thousandths, NaN when it cannot be read; a query may take time. */
  readMilli(index: number): number;
}

/** Conditions of the HPA's status: their reasons, '' before the first. */
export interface Conditions {
  ableToScale: string;
  scalingActive: string;
  scalingLimited: string;
}

const ABOVE_MAX = 'Current number of replicas above Spec.MaxReplicas';
const BELOW_MIN = 'Current number of replicas below Spec.MinReplicas';
/** The growth allowed without a behaviour. */
const UP_FACTOR = 2;
const UP_LEAST = 4;

/**
 * Kubernetes' HorizontalPodAutoscaler controller for one HPA of external metrics
 * (pkg/controller/podautoscaler of v1.36), sync by sync in virtual time.
 */
export class Hpa {
  readonly conditions: Conditions = { ableToScale: '', scalingActive: '', scalingLimited: '' };
  /** Why the last sync wrote spec.replicas; null when it did not. */
  rescaleReason: string | null = null;

  readonly #up: FullRules | null;
  readonly #down: FullRules | null;
  readonly #limits: RateLimits | null;
  readonly #tolerances: Tolerances;
  readonly #windowSeconds: number;
  readonly #recommendations = new Recommendations();
  #isScaledToZero = false;
  #metricName = '';

  /** @param spec checked by the caller, as the API server checks it (src/replay/case.ts) */
  constructor(private readonly spec: HpaSpec) {
    const { behavior, tolerance, downscaleStabilizationSeconds } = spec;
    this.#up = behavior && fullUpRules(behavior.scaleUp);
    this.#down = behavior && fullDownRules(behavior.scaleDown, downscaleStabilizationSeconds);
    this.#limits = this.#up && this.#down && new RateLimits(this.#up, this.#down);
    const own = spec.isToleranceConfigurable ? behavior : null;
    this.#tolerances = {
      up: own?.scaleUp?.tolerance ?? tolerance,
      down: own?.scaleDown?.tolerance ?? tolerance,
    };
    this.#windowSeconds =
      this.#up && this.#down
        ? Math.max(this.#up.windowSeconds, this.#down.windowSeconds)
        : downscaleStabilizationSeconds;
  }

  /** One sync; returns the replicas to be written to spec.replicas, or those that are there. */
  sync(world: HpaWorld): number {
    const { minReplicas, maxReplicas } = this.spec;
    const current = world.specReplicas;
    this.rescaleReason = null;
    this.conditions.ableToScale = 'SucceededGetScale';
    if (this.#recommendations.isEmpty) this.#recommendations.add(world.nowNs, current);
    if (current === 0 && !this.#isScaledToZero) {
      this.conditions.scalingActive = 'ScalingDisabled';
      return current;
    }
    if (current > maxReplicas) return this.#rescale(world, current, maxReplicas, ABOVE_MAX);
    if (current > 0 && current < minReplicas) {
      return this.#rescale(world, current, minReplicas, BELOW_MIN);
    }
    const proposed = this.#propose(world, current);
    if (Number.isNaN(proposed)) return current;

    const wanted = Math.max(proposed, 0);
    let desired = this.#normalize(world.nowNs, current, wanted);
    let reason = '';
    if (wanted > current) reason = `${this.#metricName} above target`;
    if (wanted < current) reason = 'All metrics below target';
    if (current === 0 && desired < minReplicas) {
      desired = minReplicas;
      reason ||= BELOW_MIN;
    }
    return desired === current ? current : this.#rescale(world, current, desired, reason);
  }

  /** The largest proposal of the metrics; NaN when nothing may be decided. */
  #propose(world: HpaWorld, current: number): number {
    const { metrics } = this.spec;
    const status = world.pods;
    let replicas = 0;
    let failed = 0;
    this.#metricName = '';
    for (let i = 0; i < metrics.length; i++) {
      const metric = metrics[i] as (typeof metrics)[number];
      const valueMilli = world.readMilli(i);
      const proposed = Number.isNaN(valueMilli)
        ? Number.NaN
        : proposal(metric, valueMilli, current, status, world, this.#tolerances);
      if (Number.isNaN(proposed)) {
        failed++;
      } else if (replicas === 0 || proposed > replicas) {
        replicas = proposed;
        this.#metricName = `external metric ${metric.name}(nil)`;
      }
    }
    if (failed > 0 && (failed === metrics.length || replicas < current)) {
      this.conditions.scalingActive = 'FailedGetExternalMetric';
      return Number.NaN;
    }
    this.conditions.scalingActive = 'ValidMetricFound';
    return replicas;
  }

  #normalize(nowNs: number, current: number, wanted: number): number {
    return this.#limits && this.#up && this.#down
      ? this.#withBehavior(nowNs, current, wanted, this.#up, this.#down, this.#limits)
      : this.#withoutBehavior(nowNs, current, wanted);
  }

  #withoutBehavior(nowNs: number, current: number, wanted: number): number {
    const { minReplicas, maxReplicas } = this.spec;
    this.#recommendations.forget(nowNs, this.#windowSeconds);
    const stabilized = this.#recommendations.max(wanted);
    this.#recommendations.add(nowNs, wanted);
    this.conditions.ableToScale =
      stabilized === wanted ? 'ReadyForNewScale' : 'ScaleDownStabilized';
    const limit = Math.max(UP_FACTOR * current, UP_LEAST);
    if (stabilized < minReplicas) return this.#limited('TooFewReplicas', minReplicas);
    if (stabilized > Math.min(maxReplicas, limit)) {
      return maxReplicas > limit
        ? this.#limited('ScaleUpLimit', limit)
        : this.#limited('TooManyReplicas', maxReplicas);
    }
    return this.#limited('DesiredWithinRange', stabilized);
  }

  #withBehavior(
    nowNs: number,
    current: number,
    wanted: number,
    up: FullRules,
    down: FullRules,
    limits: RateLimits,
  ): number {
    const { minReplicas, maxReplicas } = this.spec;
    this.#recommendations.forget(nowNs, this.#windowSeconds);
    const low = this.#recommendations.minWithin(nowNs, up.windowSeconds, wanted);
    const high = this.#recommendations.maxWithin(nowNs, down.windowSeconds, wanted);
    const stabilized = Math.min(Math.max(current, low), high);
    this.#recommendations.add(nowNs, wanted);
    const held = wanted >= current ? 'ScaleUpStabilized' : 'ScaleDownStabilized';
    this.conditions.ableToScale = stabilized === wanted ? 'ReadyForNewScale' : held;
    if (stabilized > current) {
      const limit = limits.upLimit(current, nowNs);
      if (stabilized > Math.min(maxReplicas, limit)) {
        return maxReplicas > limit
          ? this.#limited('ScaleUpLimit', limit)
          : this.#limited('TooManyReplicas', maxReplicas);
      }
    } else if (stabilized < current) {
      const limit = limits.downLimit(current, nowNs);
      if (stabilized < Math.max(minReplicas, limit)) {
        return minReplicas < limit
          ? this.#limited('ScaleDownLimit', limit)
          : this.#limited('TooFewReplicas', minReplicas);
      }
    }
    return this.#limited('DesiredWithinRange', stabilized);
  }

  #limited(reason: string, replicas: number): number {
    this.conditions.scalingLimited = reason;
    return replicas;
  }

  #rescale(world: HpaWorld, current: number, desired: number, reason: string): number {
    this.conditions.ableToScale = 'SucceededRescale';
    this.rescaleReason = reason;
    this.#limits?.store(current, desired, world.nowNs);
    this.#isScaledToZero =
      this.spec.isScaleToZeroOn && current > 0 && desired === 0 && this.spec.minReplicas === 0;
    return desired;
  }
}
