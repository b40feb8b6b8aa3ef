import type { Comparison } from '../replay/outcome.ts';

/** In words that there is no rival of this cost. */
export function noRival({ ours, rival }: Comparison): string {
  return `no reactive HPA costs as ${ours.podHours < rival.podHours ? 'little' : 'much'}`;
}
