const LEVEL_MEMBERS = [
  'last value',
  'mean over 5m',
  'mean over 30m',
  'damped trend',
  'median over 3h',
];
const PROFILE_MEMBERS = ['', ' + last deviation', ' + deviation over 30m'];

export const SEASON_NAMES: Readonly<Record<number, string>> = {
  3600: 'hour',
  86400: 'day',
  604800: 'week',
};

/** A calendar profile of assembly/smoothing/members.ts. */
export interface CalendarProfile {
  readonly seasonSeconds: number;
  readonly slotSeconds: number;
}

export function seasonName({ seasonSeconds }: CalendarProfile): string {
  return SEASON_NAMES[seasonSeconds] ?? `${seasonSeconds} s`;
}

/** Such as `steps of the day`. */
function profileName(profile: CalendarProfile): string {
  return `${profile.slotSeconds === 3600 ? 'hours' : 'steps'} of the ${seasonName(profile)}`;
}

/** The names of the baseline's members, in the guest's order. */
export function memberNames(profiles: readonly CalendarProfile[]): string[] {
  const ofProfiles = profiles.flatMap((profile) =>
    PROFILE_MEMBERS.map((shift) => profileName(profile) + shift),
  );
  return [...LEVEL_MEMBERS, ...ofProfiles];
}

/** The profiles that a fit left at the start of the params buffer: P, then P pairs of seconds. */
export function readProfiles(params: ArrayLike<number>): CalendarProfile[] {
  return Array.from({ length: params[0] as number }, (_, j) => ({
    seasonSeconds: params[1 + 2 * j] as number,
    slotSeconds: params[2 + 2 * j] as number,
  }));
}
