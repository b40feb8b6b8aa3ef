import { HPA_STABILIZATION_SECONDS, HPA_TOLERANCE } from '../capacity/deadband.ts';

/** One limit of change: at most `value` pods, or percent of the replicas, within a period. */
export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  /** Whole, > 0. */
  readonly value: number;
  /** Whole seconds, 1..1800. */
  readonly periodSeconds: number;
}

/** `behavior.scaleUp` or `behavior.scaleDown` of autoscaling/v2, as written by a user. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number | undefined;
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled' | undefined;
  readonly policies?: readonly ScalingPolicy[] | undefined;
  /** Takes the place of the controller's tolerance in this direction. */
  readonly tolerance?: number | undefined;
}

export interface Behavior {
  readonly scaleUp?: ScalingRules | undefined;
  readonly scaleDown?: ScalingRules | undefined;
}

/** One external metric of the HPA. */
export interface HpaMetric {
  readonly name: string;
  readonly type: 'AverageValue' | 'Value';
  /** Target in thousandths, whole, > 0. */
  readonly targetMilli: number;
}

/** An HPA and the controller's flags. */
export interface HpaSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly HpaMetric[];
  /** Null: none; that is not the same as an empty one. */
  readonly behavior: Behavior | null;
  /** --horizontal-pod-autoscaler-tolerance */
  readonly tolerance: number;
  /** --horizontal-pod-autoscaler-downscale-stabilization */
  readonly downscaleStabilizationSeconds: number;
  /** Feature gate HPAScaleToZero. */
  readonly isScaleToZeroOn: boolean;
  /** Feature gate HPAConfigurableTolerance, on since 1.35. */
  readonly isToleranceConfigurable: boolean;
}

/** The flags and gates of an unchanged controller, and no behaviour. */
export const HPA_DEFAULTS = {
  behavior: null,
  tolerance: HPA_TOLERANCE,
  downscaleStabilizationSeconds: HPA_STABILIZATION_SECONDS,
  isScaleToZeroOn: false,
  isToleranceConfigurable: true,
} as const;

/** Rules with nothing left open. */
export interface FullRules {
  readonly windowSeconds: number;
  readonly select: 'Max' | 'Min' | 'Disabled';
  readonly policies: readonly ScalingPolicy[];
}

/** What the API server fills in when a behaviour is there (defaults.go of autoscaling/v2). */
const UP_POLICIES: readonly ScalingPolicy[] = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];
const DOWN_POLICIES: readonly ScalingPolicy[] = [
  { type: 'Percent', value: 100, periodSeconds: 15 },
];

export function fullUpRules(rules: ScalingRules | undefined): FullRules {
  return {
    windowSeconds: rules?.stabilizationWindowSeconds ?? 0,
    select: rules?.selectPolicy ?? 'Max',
    policies: rules?.policies ?? UP_POLICIES,
  };
}

export function fullDownRules(
  rules: ScalingRules | undefined,
  downscaleStabilizationSeconds: number,
): FullRules {
  return {
    windowSeconds: rules?.stabilizationWindowSeconds ?? Math.trunc(downscaleStabilizationSeconds),
    select: rules?.selectPolicy ?? 'Max',
    policies: rules?.policies ?? DOWN_POLICIES,
  };
}
