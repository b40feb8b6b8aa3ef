import { formatDuration } from '../config/duration.ts';
import {
  type CalendarProfile,
  memberNames,
  readProfiles,
  SEASON_NAMES,
  seasonName,
} from './member-names.ts';
import type { ModelDescription } from './model.ts';
import type { SeasonSearch } from './season-search.ts';
import type { Season } from './seasons.ts';

/** Something at the first and at the last step of the horizon. */
type FirstAndLast = Record<string, readonly [first: number, last: number]>;

/** What the ensemble is made of. */
export interface AutoDescription extends ModelDescription {
  readonly name: 'auto';
  /** Those that the history shows, the strongest first. */
  readonly seasons: readonly string[];
  /** Seasons of the calendar of which the history holds two: they have members, shown or not. */
  readonly calendar: readonly string[];
  /** 60 where a season of 24 minutes stands for the day: all spans here are by that clock then. */
  readonly timeScale: number;
  /** Of the values that the regressions see. */
  readonly transform: 'logarithm' | 'none';
  /** Steps that the regressions have learnt from. */
  readonly learntSteps: number;
  /** Share of each forecast whose middle mean is taken. */
  readonly candidates: FirstAndLast;
  /** Their mean absolute errors in the history, recent ones counting more; the metric's unit. */
  readonly recentErrors: FirstAndLast;
  /** Weight of each member that has any, when the candidates are taken apart. */
  readonly weights: FirstAndLast;
  /** Members that do not count, and why. */
  readonly excluded: Readonly<Record<string, string>>;
}

const MEDIANS = [
  'median of 3 days',
  'median of 7 days',
  'median of 7 days + deviation over 1h',
  'median of 3 weeks',
  'median of 3 weeks + deviation over 1h',
];
const REGRESSIONS = ['regression on recent values', 'regression on older values too'];

/**
 * Reads the params buffer as assembly/select/describe.ts wrote it.
 *
 * @param others what is learnt beside the regressions
 * @param search its first odd season has members
 */
export function readAutoDescription(
  params: Float64Array,
  others: readonly string[],
  search: SeasonSearch,
): AutoDescription {
  const profiles = readProfiles(params);
  const rest = params.subarray(1 + 2 * profiles.length);
  const [, medians = 0, learning = 0, logarithm = 0, learntSteps = 0] = rest;
  const learnt = [...REGRESSIONS, ...others].slice(0, learning);
  const members = [...memberNames(profiles), ...mediansOf(medians, search.odd), ...learnt];
  const hasMore = members.length > memberNames(profiles).length;
  const candidates = ['blend of the baseline', ...(hasMore ? ['blend of all', ...learnt] : [])];
  const first = rest.subarray(5);
  const last = first.subarray(2 * candidates.length + members.length);
  const pairs = (names: readonly string[], from: number): FirstAndLast =>
    Object.fromEntries(
      names.map((name, k) => [name, [first[from + k] ?? 0, last[from + k] ?? 0]] as const),
    );
  const weights = Object.entries(pairs(members, 2 * candidates.length));
  return {
    name: 'auto',
    seasons: search.found.map(nameOf),
    calendar: [...new Set(profiles.map(seasonName))],
    timeScale: search.timeScale,
    transform: logarithm === 1 ? 'logarithm' : 'none',
    learntSteps: learning > 0 ? learntSteps : 0,
    candidates: pairs(candidates, 0),
    recentErrors: pairs(candidates, candidates.length),
    weights: Object.fromEntries(weights.filter(([, [a, b]]) => a > 0 || b > 0)),
    excluded: {
      ...Object.fromEntries(
        weights.filter(([, [a, b]]) => a === 0 && b === 0).map(([name]) => [name, 'outweighed']),
      ),
      ...missing(profiles, medians, learning),
      ...unused(search),
    },
  };
}

function nameOf({ seconds }: Season): string {
  return SEASON_NAMES[seconds] ?? formatDuration(Math.round(seconds));
}

/** Names of so many medians: of days and weeks, of an odd season. */
function mediansOf(count: number, [odd]: readonly Season[]): readonly string[] {
  const ofDays = count < MEDIANS.length ? [] : MEDIANS;
  if (count === ofDays.length || !odd) return ofDays;
  const name = `median of 7 seasons of ${nameOf(odd)}`;
  return [...ofDays, name, `${name} + deviation over 1h`];
}

function unused({ odd, refusal }: SeasonSearch): Record<string, string> {
  const weaker = odd
    .slice(1)
    .map((season) => [`season of ${nameOf(season)}`, 'another is stronger']);
  return {
    ...Object.fromEntries(weaker),
    ...(refusal === '' ? {} : { 'seasons beside the calendar': refusal }),
  };
}

function missing(
  profiles: readonly CalendarProfile[],
  medians: number,
  learning: number,
): Record<string, string> {
  const has = (name: string) => profiles.some((profile) => seasonName(profile) === name);
  const short = { day: 'the history is shorter than two days', week: 'shorter than two weeks' };
  return {
    ...(has('day') ? {} : { 'time of the day': short.day }),
    ...(has('week') ? {} : { 'time of the week': short.week }),
    ...(medians >= MEDIANS.length ? {} : { medians: short.day }),
    ...(learning > 0
      ? {}
      : { 'regressions, analogues, harmonic terms': 'the history has fewer than 256 steps' }),
  };
}
