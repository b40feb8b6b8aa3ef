import type { Instant } from '../clock.ts';
import type { KedastralError } from '../errors.ts';
import type { ShownHands, ShownOverride } from './hands.ts';
import type { ShownSnapshot } from './snapshot.ts';

/** What the gauges of one workload are read from, at each scrape. */
export interface ObservedWorkload {
  readonly identity: string;
  readonly serving: { readonly staleAfterSeconds: number };
  readonly active: {
    readonly generatedAtSeconds: number;
    readonly taken: Instant;
    readonly cutoffSeconds: number;
    readonly stepSeconds: number;
    readonly snapshot: ShownHands &
      ShownSnapshot & {
        /** Begins with 12 hexadecimal digits. */
        readonly id: string;
        readonly values: readonly number[];
        readonly risk: {
          readonly confidence: number;
          readonly drift: { readonly excess: number; readonly isOn: boolean } | null;
        };
      };
  } | null;
  readonly accuracy: readonly {
    readonly horizon: string;
    readonly wape: number | null;
    readonly coverage: Readonly<Record<string, number>>;
  }[];
}

/** The orders in force, read at each scrape. */
export interface ObservedOverrides {
  of(workload: string): ShownOverride | null;
}

/** Where one workload's work is counted. Durations in seconds. */
export interface WorkloadMetrics {
  adapterCollectSeconds(seconds: number): void;
  modelPredictSeconds(seconds: number): void;
  capacityComputeSeconds(seconds: number): void;
  samplesRejected(reason: string, count: number): void;
  /** A query beside the forecast's, `reactive` or `replicas`, said nothing at a tick. */
  readingMissing(query: string): void;
  error(fault: KedastralError): void;
  /** What was answered to KEDA, and how old the forecast was that it came from; null = of none. */
  scalerAnswered(replicas: number, ageSeconds: number | null): void;
  scalerFetchSeconds(seconds: number): void;
  scalerFetchFailed(): void;
  rpcSeconds(method: string, seconds: number): void;
  replicaRole(role: ReplicaRole): void;
}

/**
 * Where a replica's snapshots come from: it makes them for all, takes them from another one, or
 * makes them for itself.
 */
export const REPLICA_ROLES = ['writer', 'reader', 'alone'] as const;
export type ReplicaRole = (typeof REPLICA_ROLES)[number];
