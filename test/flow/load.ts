import type { Backfill } from '../parts/prometheus.ts';

export const METRIC = 'http_rps';

const SECONDS_PER_HOUR = 3_600;

/** A day that swings around `level`, at any instant: what the backfilled workload was asked. */
export function demandAt(seconds: number, level = 1_000): number {
  const hours = seconds / SECONDS_PER_HOUR;
  return level * (1 + 0.3 * Math.sin((2 * Math.PI * hours) / 24));
}

/** Samples on the grid up to the last step that is closed now, oldest first. */
export function backfilled(stepSeconds: number, steps: number, level?: number): Backfill {
  const newest = Math.floor(Date.now() / 1_000 / stepSeconds) * stepSeconds;
  const samples = Array.from({ length: steps }, (_, i) => {
    const seconds = newest - (steps - 1 - i) * stepSeconds;
    return [seconds, demandAt(seconds, level)] as const;
  });
  return { metric: METRIC, samples };
}
