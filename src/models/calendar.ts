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
