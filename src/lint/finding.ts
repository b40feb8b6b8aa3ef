import type { FieldPath, ManifestObject } from '../wiring/objects.ts';

/** An error keeps the plan from the workload, or its replicas from it; a warning costs it some. */
export type Severity = 'error' | 'warning';

/** Every code of `kedastral lint`: what it is about, and why it matters. */
export const CODES = {
  metric_type: 'the answer is a replica count, which Value multiplies by the pods that run',
  trigger_type: 'KEDA leaves a trigger external out of the HPA if no sidecar answers just then',
  metric_missing: 'KEDA made the HPA while no sidecar answered: it does not ask for the forecast',
  target_size: 'the answer is replicas, of which one pod serves 1: another target scales it',
  metadata_unknown: 'a misspelt key is ignored by KEDA and by Kedastral',
  metadata_no_text: 'metadata is of texts alone: the API server refuses the object',
  lead_time_malformed: 'the sidecar refuses the trigger (INVALID_ARGUMENT)',
  lead_time_horizon: 'what lies behind the horizon is not forecast: the lead time is cut to it',
  lead_time_short: 'pods that start after the load has come are late',
  workload_unknown: 'the sidecar answers UNAVAILABLE for a workload that it does not forecast',
  shadow_trigger: 'a sidecar in mode shadow does not answer KEDA',
  cached_metrics: 'the HPA gets answers as old as the polling interval',
  polling_slow: 'where KEDA polls, replicas wait for it',
  paused: 'KEDA does not scale while the annotation is there',
  address_missing: 'KEDA has nobody to ask, and the ScaledObject does not become Ready',
  address_scheme: 'KEDA dials host:port, of which a scheme would be the host',
  address_ip: 'of a pod it ends with the pod, of a Service it leads to one pod alone',
  address_unqualified: 'KEDA looks the name up in its own namespace',
  address_port: 'a headless Service translates no ports: KEDA must name that of the sidecar',
  tls_differs: 'where one side speaks TLS and the other does not, no answer comes',
  service_missing: 'no Service is at the address',
  service_headed: 'KEDA keeps one connection to one pod, and loses it with that pod',
  service_hides_unready: 'pods that are not ready are left out, all of them when load is highest',
  service_selector: 'KEDA finds no sidecar behind it',
  port_shared: 'of two containers with one port, the one that comes second goes without',
  sidecar_missing: 'no pod has a sidecar, and the webhook gives one to pods with its label alone',
  sidecar_refused: 'the webhook leaves the pods without a sidecar for it, and KEDA asks nobody',
  fallback_missing: 'while sidecars answer that they know nothing, too few replicas stay too few',
  fallback_lowers: 'while sidecars answer that they know nothing, the fallback takes pods away',
  fallback_threshold: 'the fallback comes at the first slip, or long after the forecast is gone',
  reaction_missing: 'when a forecast is wrong, nothing else scales',
  reaction_container: 'the sidecar’s CPU and memory are no load of the application',
  reaction_blind: 'the HPA has no usage of such a container, or no request to compare it with',
  vpa_shared: 'a VPA changes the requests that the utilization of the HPA is a share of',
  target_wrong: 'KEDA scales what the ScaledObject names, in its own namespace, and nothing else',
  forecast_twice: 'the HPA takes the larger of two answers that are one',
  formula_thins: 'the HPA sees the formula alone, which gives less than the plan, or leaves it out',
  budgets_two: 'a pod of two PodDisruptionBudgets cannot be evicted: drains of nodes wait for it',
  policy_shut: 'no policy among these lets anybody to the sidecar’s port',
  target_shared: 'two scalers of one workload undo each other’s work',
  zero_direct: 'at 0 replicas no sidecar is left to wake the workload; a relay is needed',
  idle_direct: 'idle replicas are KEDA’s: at 0 no sidecar is left; a relay is needed',
  bounds_differ: 'the plan is cut off, or lifted, where the bounds differ',
  replicas_fixed: 'each apply of the manifest sets the replicas back',
  up_disabled: 'the HPA never adds a pod',
  up_slow: 'the HPA climbs slower than the plan, which is late then',
  up_stabilization: 'the HPA waits before it adds a pod, and the plan’s lead is lost',
  down_stabilization: 'the plan holds the lead time already: pods stay this much longer',
  tolerance: 'the HPA ignores changes within it: of many pods, one more is ignored',
} as const;

export type Code = keyof typeof CODES;

/** One thing that is wrong with an object. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly object: ManifestObject;
  /** The field, or the nearest one that is there. */
  readonly path: FieldPath;
  /** What is there now; null when nothing is. */
  readonly value: unknown;
  /** What to do about it, in words. */
  readonly fix: string;
}

/** `spec.triggers[0].metadata.leadTime` */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${text}["${key}"]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
