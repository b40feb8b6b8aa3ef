import type { Comparison } from '../replay/outcome.ts';

/** A rival that is further off costs something else. */
const COST_MIN = 0.02;

/** Whether the rival costs what ours does: its headroom has bounds, within which it may not. */
export function isSameCost(comparison: Comparison & { readonly isSameCost?: boolean }): boolean {
  const { ours, rival } = comparison;
  return comparison.isSameCost ?? Math.abs(ours.podHours / rival.podHours - 1) <= COST_MIN;
}

/** In words that there is no rival of this cost. */
export function noRival({ ours, rival }: Comparison): string {
  return `no reactive HPA costs as ${ours.podHours < rival.podHours ? 'little' : 'much'}`;
}
