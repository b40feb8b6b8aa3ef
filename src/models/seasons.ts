import type { Series } from '../features/series.ts';
import type { Kernel } from '../wasm/kernel.ts';

/** A season of the series. */
export interface Season {
  readonly seconds: number;
  /** 0..1: the autocorrelation at the season above that of the lags around it; 1 = nothing else. */
  readonly strength: number;
}

/** Hour, day and week. */
export const CALENDAR_SECONDS = [3_600, 86_400, 604_800];
/** Weaker ones are noise: with two repetitions alone, white noise seldom reaches it. */
const STRENGTH_MIN = 0.1;

/**
 * The calendar seasons that the series shows, shortest first: those that divide into whole steps
 * (two at least) and of which the history holds two. Each is judged on what the shorter ones found
 * leave over, so a weekly season is more than seven equal days (assembly/stats/autocorrelation.ts).
 *
 * Runs inside `kernel.exclusive`.
 */
export function findSeasons(kernel: Kernel, series: Series): readonly Season[] {
  const steps = series.values.length;
  const found: Season[] = [];
  kernel.write('historyPtr', series.values);
  for (const seconds of CALENDAR_SECONDS) {
    const lag = seconds / series.stepSeconds;
    if (!Number.isInteger(lag) || lag < 2 || steps < 2 * lag) continue;
    if (series.values.filter((value) => !Number.isNaN(value)).length < 8) break;
    kernel.call((guest) => guest.seasonStrength(steps, lag));
    const strength = kernel.read('paramsPtr', 1)[0] as number;
    if (strength < STRENGTH_MIN) continue;
    found.push({ seconds, strength });
    kernel.call((guest) => guest.removeSeason(steps, lag));
  }
  return found;
}
