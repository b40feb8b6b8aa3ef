import { random } from '../replay/start-delay.ts';
import { percentile } from './percentile.ts';

export interface BootstrapOptions {
  /** Units in a row that are drawn together, so that what lasts stays together. */
  readonly blockUnits: number;
  readonly draws: number;
  /** Share of the draws within the interval. */
  readonly level: number;
  readonly seed: number;
}

/**
 * Interval of 1 − Σ ours / Σ rival by the moving-block bootstrap (Künsch, Annals of Statistics 17,
 * 1989): both series are drawn in the same blocks, percentile method.
 *
 * @param ours and rival: amounts of each unit of time, of equal length
 * @returns both ends 0 when the rival has none in nearly all draws
 */
export function removedInterval(
  ours: Float64Array,
  rival: Float64Array,
  { blockUnits, draws, level, seed }: BootstrapOptions,
): { low: number; high: number } {
  const next = random(seed);
  const units = ours.length;
  const block = Math.max(1, Math.min(blockUnits, units));
  const starts = units - block + 1;
  const shares = Float64Array.from({ length: draws }, () => {
    let ownSum = 0;
    let rivalSum = 0;
    for (let drawn = 0; drawn < units; drawn += block) {
      const start = Math.floor(next() * starts);
      const end = start + Math.min(block, units - drawn);
      for (let i = start; i < end; i++) {
        ownSum += ours[i] as number;
        rivalSum += rival[i] as number;
      }
    }
    if (rivalSum > 0) return 1 - ownSum / rivalSum;
    return ownSum > 0 ? Number.NEGATIVE_INFINITY : 0;
  });
  const tail = (1 - level) / 2;
  return { low: percentile(shares, tail), high: percentile(shares, 1 - tail) };
}
