import { KedastralError } from '../errors.ts';

const DAY_SECONDS = 86_400;

/** Steps of the calendar's seasons, 0 where a season is no whole number of steps from two up. */
export interface CalendarSeasons {
  readonly daySteps: number;
  readonly weekSteps: number;
}

/** Without a day there is no week: models that take both want one to be a multiple of the other. */
export function calendarSeasons(stepSeconds: number): CalendarSeasons {
  const steps = DAY_SECONDS / stepSeconds;
  const daySteps = Number.isInteger(steps) && steps >= 2 ? steps : 0;
  return { daySteps, weekSteps: 7 * daySteps };
}

/** @throws KedastralError model_option: the step does not divide the day */
export function wholeDaySteps(stepSeconds: number): number {
  const steps = DAY_SECONDS / stepSeconds;
  if (Number.isInteger(steps)) return steps;
  const message = `a step of ${stepSeconds} s does not divide the day`;
  throw new KedastralError('model_option', 'model', message);
}
