import type { Series } from '../features/series.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { calendarSeasons } from './calendar.ts';
import type { Season } from './seasons.ts';

const PERIODS_MAX = 4;

/**
 * The periods that the series itself shows, of any length; none in noise or a trend, but a random
 * walk may come back often enough to pass for one (assembly/stats/periods.ts). Needs 16 observed
 * points, half of them all, and three cycles of a period.
 *
 * Serves the event loop between periods; runs inside `kernel.exclusive`.
 *
 * @throws KedastralError series_too_short
 */
export async function findPeriods(kernel: Kernel, series: Series): Promise<readonly Season[]> {
  const { daySteps } = calendarSeasons(series.stepSeconds);
  kernel.write('historyPtr', series.values);
  kernel.call((guest) => guest.periodsBegin(series.values.length, daySteps));
  await kernel.drain((guest) => guest.periodsAdvance());
  const [count = 0, ...pairs] = kernel.read('paramsPtr', 1 + 2 * PERIODS_MAX);
  return Array.from({ length: count }, (_, k) => ({
    seconds: (pairs[2 * k] as number) * series.stepSeconds,
    strength: pairs[2 * k + 1] as number,
  }));
}
