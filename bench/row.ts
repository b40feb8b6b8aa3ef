/** One line of a bench: what was measured, beside its peer in the same run and its goal. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  /** The peer's measurement in the same unit and run, or null when there is none. */
  readonly peer: number | null;
  /** Who the peer is; empty when there is none. */
  readonly peerName: string;
  /** peer / measured for costs, measured / peer for rates: above 1, we are ahead. */
  readonly ratio: number | null;
  readonly goal: number | null;
  readonly met: boolean | null;
}

interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  readonly goal?: number;
  readonly peer?: { readonly name: string; readonly measured: number };
}

/** A row of something of which less is better: time, memory, size. */
export function cost({ name, unit, measured, goal, peer }: Measure): Row {
  return {
    name,
    unit,
    measured,
    peer: peer?.measured ?? null,
    peerName: peer?.name ?? '',
    ratio: peer ? peer.measured / measured : null,
    goal: goal ?? null,
    met: goal === undefined ? null : measured <= goal,
  };
}

/** A row of something of which more is better: calls a second, times as fast. */
export function rate(measure: Measure): Row {
  const { measured, goal, peer } = measure;
  return {
    ...cost(measure),
    ratio: peer ? measured / peer.measured : null,
    met: goal === undefined ? null : measured >= goal,
  };
}

/** The value below which the share `q` of `samples` lies (nearest rank). */
export function percentile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
