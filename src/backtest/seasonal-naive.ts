import { daySteps, type GridSeries, windowStart } from './grid-series.ts';

/**
 * The daily seasonal naive: the value at the same time of the last day before the cutoff, gaps
 * filled linearly inside the context window, its left edge held constant.
 *
 * @param ahead steps after the cutoff, ≥ 1
 * @returns NaN when the window holds no whole day
 */
export function seasonalNaiveAt(series: GridSeries, cutoff: number, ahead: number): number {
  const day = daySteps(series.stepSeconds);
  const start = windowStart(series, cutoff);
  if (day === null || cutoff - start + 1 < day) return Number.NaN;
  return filledAt(series.values, start, cutoff, cutoff - day + 1 + ((ahead - 1) % day));
}

/** values[index], or what a line through its observed neighbours in [start, end] says there. */
function filledAt(values: Float64Array, start: number, end: number, index: number): number {
  const value = values[index] as number;
  if (!Number.isNaN(value)) return value;
  let left = index - 1;
  while (left >= start && Number.isNaN(values[left])) left--;
  let right = index + 1;
  while (right <= end && Number.isNaN(values[right])) right++;
  const before = left >= start ? (values[left] as number) : Number.NaN;
  const after = right <= end ? (values[right] as number) : Number.NaN;
  if (left < start) return after;
  if (right > end) return before;
  return before + ((after - before) * (index - left)) / (right - left);
}

/** mean |y_t − y_{t−day}| over the first three quarters, both observed; NaN when there is none. */
export function seasonalScale({ values, stepSeconds }: GridSeries): number {
  const day = daySteps(stepSeconds) ?? values.length;
  const end = Math.floor((3 * values.length) / 4);
  let sum = 0;
  let count = 0;
  for (let t = day; t < end; t++) {
    const error = Math.abs((values[t] as number) - (values[t - day] as number));
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  return sum / count;
}
