export const METHODS = ['GetMetricSpec', 'GetMetrics', 'IsActive'] as const;

export type Method = (typeof METHODS)[number];

/** What came back from one RPC. */
export type Outcome =
  | { readonly kind: 'spec' }
  | { readonly kind: 'replicas'; readonly replicas: number }
  | { readonly kind: 'active'; readonly isActive: boolean }
  | { readonly kind: 'error'; readonly status: string; readonly why: string }
  /** No connection, or it broke before the answer. */
  | { readonly kind: 'unreachable' };

/** The snapshot that a process had in force when it answered. */
export interface Basis {
  readonly id: string;
  readonly optionsId: string;
  readonly generatedAtSeconds: number;
  readonly cutoffSeconds: number;
  readonly stepSeconds: number;
  readonly plan: readonly number[];
  /** How long ago this process was first seen with it, by a clock that nobody sets. */
  readonly heldSeconds: number;
  /** Its age then by the process' own clock, below 0 when that is behind: two if it was set. */
  readonly agesThenSeconds: readonly number[];
}

/** One RPC, its answer, and what is known of who answered. */
export interface Answer {
  /** Since the scenario began, when it was asked. */
  readonly atSeconds: number;
  readonly tookSeconds: number;
  readonly by: string;
  /** Who asked: KEDA, or the bench itself. */
  readonly from: 'keda' | 'bench';
  readonly method: Method;
  readonly leadSeconds: number;
  readonly outcome: Outcome;
  /** What the answerer's own clock said, epoch seconds. */
  readonly clockSeconds: number;
  readonly basis: Basis | null;
  /** What HTTP said at that instant of the same snapshot; null = it said none. */
  readonly saysStale: boolean | null;
}

export function textOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'spec':
      return 'spec';
    case 'replicas':
      return `${outcome.replicas} replicas`;
    case 'active':
      return outcome.isActive ? 'active' : 'inactive';
    case 'error':
      return `${outcome.status} (${outcome.why})`;
    case 'unreachable':
      return 'no connection';
  }
}
