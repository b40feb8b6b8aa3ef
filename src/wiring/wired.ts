import type { Sidecar } from './sidecar.ts';
import type { Target } from './target.ts';

/** What is printed beside the Service and the ScaledObject, and how. */
export interface WiringWishes {
  readonly triggerType: 'external' | 'external-push';
  /** host:port of a relay in place of the sidecars; null = the sidecars themselves. */
  readonly relay: string | null;
  readonly safety: 'auto' | 'prometheus' | 'cpu' | 'none';
  readonly kedaNamespace: string;
  /** Whose pods ask for metrics; null = as prom-url says. */
  readonly prometheusNamespace: string | null;
  readonly networkPolicy: 'open' | 'guarded' | 'none';
  readonly hasServiceMonitor: boolean;
  readonly hasDisruptionBudget: boolean;
  /** Of workloads that name none. */
  readonly namespace: string;
  /** Whether the cluster knows the HPA's own tolerance, Kubernetes ≥ 1.35. */
  readonly knowsTolerance: boolean;
}

/** A workload to be wired, and all that is known of it. */
export interface Wired {
  readonly target: Target;
  readonly sidecar: Sidecar;
  readonly wishes: WiringWishes;
  readonly namespace: string;
  readonly service: string;
  readonly scaledObject: string;
  readonly labels: Readonly<Record<string, string>>;
}
