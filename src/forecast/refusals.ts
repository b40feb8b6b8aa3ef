import type { Samples } from '../adapters/adapter.ts';
import { MAX_MAGNITUDE } from '../features/quality.ts';

/** Why no sample after `newestSeconds` was taken, for people; empty when there is none. */
export function refusals(samples: Samples, newestSeconds: number | null): string {
  if (samples.values.length === 0) return 'the data source answers with no sample at all';
  const isNew = (_: number, i: number) =>
    (samples.timesSeconds[i] as number) > (newestSeconds ?? 0);
  const values = samples.values.filter(isNew);
  const count = values.length;
  if (count === 0) return '';
  const notFinite = values.filter((value) => !Number.isFinite(value)).length;
  const inRange = values.filter((value) => Math.abs(value) <= MAX_MAGNITUDE).length;
  const reasons = [
    [notFinite, 'NaN or infinite'],
    [count - notFinite - inRange, `over ${MAX_MAGNITUDE}`],
    [inRange, 'outside the time asked for'],
  ] as const;
  const said = reasons.filter(([some]) => some > 0).map(([some, why]) => `${some} ${why}`);
  return `all samples of the data source were refused: ${said.join(', ')}`;
}
