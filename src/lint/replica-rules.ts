import { fieldsOf, type ManifestObject, numberOf } from '../wiring/objects.ts';
import { aimOf, isScalerOf } from '../wiring/target.ts';
import { finding, type Rule, type Scaled } from './scaled.ts';
import { isMadeFor } from './trigger-rules.ts';

/** What KEDA takes when the field is not there. */
const MAX_DEFAULT = 100;
const POLLING_SECONDS_MAX = 60;

export function maxReplicas({ spec }: Scaled): number {
  return numberOf(spec.maxReplicaCount) ?? MAX_DEFAULT;
}

export function minReplicas({ spec }: Scaled): number {
  return numberOf(spec.minReplicaCount) ?? 0;
}

const zero: Rule = (scaled) => {
  const way = scaled.way;
  if (way === 'relay') return [];
  const find = (code: 'zero_direct' | 'idle_direct', field: string, fix: string) => {
    const severity = way === 'direct' ? 'error' : 'warning';
    const words = `${fix}, or ask a relay (kedastral wire --relay host:port)`;
    return finding(scaled, code, severity, ['spec', field], words);
  };
  const atZero = () =>
    find('zero_direct', 'minReplicaCount', 'set at least 1 (without it, it is 0)');
  const isIdling = scaled.spec.idleReplicaCount !== undefined;
  return [
    ...(minReplicas(scaled) === 0 ? [atZero()] : []),
    ...(isIdling ? [find('idle_direct', 'idleReplicaCount', 'leave it out')] : []),
  ];
};

const LOWERING = ['static', 'currentReplicasIfLower'];

const fallback: Rule = (scaled) => {
  const path = ['spec', 'fallback'];
  if (scaled.spec.fallback === undefined) {
    const fix = 'add failureThreshold: 3, replicas and behavior: currentReplicasIfHigher';
    return [finding(scaled, 'fallback_missing', 'error', path, fix)];
  }
  const { behavior = 'static', replicas } = fieldsOf(scaled.spec.fallback);
  const isHighest = (numberOf(replicas) ?? 0) >= maxReplicas(scaled);
  if (!LOWERING.includes(String(behavior)) || (isHighest && behavior === 'static')) return [];
  const fix = 'set behavior: currentReplicasIfHigher (without it, it is static)';
  return [finding(scaled, 'fallback_lowers', 'error', [...path, 'behavior'], fix)];
};

/** In a row; the HPA asks every 15 s. */
const FAILURES_MAX = 20;

const threshold: Rule = (scaled) => {
  const failures = numberOf(fieldsOf(scaled.spec.fallback).failureThreshold);
  if (failures === undefined || (failures > 0 && failures <= FAILURES_MAX)) return [];
  const path = ['spec', 'fallback', 'failureThreshold'];
  return [finding(scaled, 'fallback_threshold', 'warning', path, 'set 3, or a few more')];
};

const TRANSFER = 'scaledobject.keda.sh/transfer-hpa-ownership';

const shared: Rule = (scaled) => {
  const { object, spec, near } = scaled;
  const aim = aimOf(object);
  const { name } = fieldsOf(fieldsOf(spec.advanced).horizontalPodAutoscalerConfig);
  const isTransferred = object.annotations[TRANSFER] === 'true';
  return near.flatMap((other) => {
    const isOwn = other === object || isMadeFor(other, object);
    const isTaken = isTransferred && other.kind !== 'ScaledObject' && other.name === name;
    if (!isScalerOf(aim, other) || isOwn || isTaken) return [];
    const [there, here] = [other, object].map(whereOf);
    const fix = `take one away: ${there}, or ${here}`;
    return [finding({ object: other }, 'target_shared', 'error', ['spec', 'scaleTargetRef'], fix)];
  });
};

function whereOf(object: ManifestObject): string {
  return `${object.kind} ${object.name} (${object.file}:${object.lineOf([])})`;
}

const bounds: Rule = (scaled) => {
  const options = scaled.options;
  if (!options) return [];
  const pairs = [
    ['minReplicaCount', minReplicas(scaled), 'min', options.minReplicas],
    ['maxReplicaCount', maxReplicas(scaled), 'max', options.maxReplicas],
  ] as const;
  return pairs.flatMap(([field, here, option, there]) => {
    const fix = `${option} of the sidecar is ${there}: set both alike`;
    if (here === there) return [];
    return [finding(scaled, 'bounds_differ', 'warning', ['spec', field], fix)];
  });
};

const fixedReplicas: Rule = ({ target }) => {
  // What comes from a cluster always has it, and is not applied.
  const isLive = 'uid' in fieldsOf(target?.object.value.metadata);
  if (target?.replicas === undefined || isLive) return [];
  const fix = 'leave it out: the number of replicas belongs to the HPA';
  return [finding(target, 'replicas_fixed', 'warning', ['spec', 'replicas'], fix)];
};

/** KEDA polls only for what the HPA does not do: from and to zero or idle, and for its cache. */
const polling: Rule = (scaled) => {
  const { spec, triggers } = scaled;
  const seconds = numberOf(spec.pollingInterval) ?? 0;
  const isCached = triggers.some(({ value }) => value.useCachedMetrics === true);
  const isPolled = minReplicas(scaled) === 0 || spec.idleReplicaCount !== undefined || isCached;
  if (!isPolled || seconds <= POLLING_SECONDS_MAX) return [];
  const fix = `set at most ${POLLING_SECONDS_MAX}; 30 is the default`;
  return [finding(scaled, 'polling_slow', 'warning', ['spec', 'pollingInterval'], fix)];
};

export const REPLICA_RULES = [zero, fallback, threshold, shared, bounds, fixedReplicas, polling];
