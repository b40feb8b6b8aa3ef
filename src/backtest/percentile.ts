/** The value below which the share `q` of `samples` lies (nearest rank); NaN when empty. */
export function percentile(samples: ArrayLike<number>, q: number): number {
  const ascending = Float64Array.from(samples).sort();
  const rank = Math.max(0, Math.ceil(q * ascending.length) - 1);
  return ascending[rank] ?? Number.NaN;
}
