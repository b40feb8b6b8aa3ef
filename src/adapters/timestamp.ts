const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?`;
const ZONE = String.raw`(?:([Zz])|([+-])(\d\d):?(\d\d))`;
const RFC_3339 = new RegExp(`^${DATE}(?:[Tt ]${TIME}${ZONE}?)?$`);
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Numbers from here on are of a finer unit: in the coarser one they lie after the year 5138. */
const MILLISECONDS_FROM = 1e11;
const MICROSECONDS_FROM = 1e14;
const NANOSECONDS_FROM = 1e17;

/** Beyond, there are no dates (ECMA-262, "Time Values and Time Range"). */
const SECONDS_MAX = 8.64e12;

/**
 * Epoch seconds of a number of epoch seconds, milliseconds, microseconds or nanoseconds, or NaN
 * when there is no such date.
 */
export function epochSeconds(value: number): number {
  const size = Math.abs(value);
  if (size >= NANOSECONDS_FROM) return size / 1e9 <= SECONDS_MAX ? value / 1e9 : Number.NaN;
  if (size >= MICROSECONDS_FROM) return value / 1e6;
  return size >= MILLISECONDS_FROM ? value / 1000 : value;
}

/**
 * Epoch seconds of a timestamp, or NaN when it is none.
 *
 * Taken are RFC 3339 with `T` or a blank between date and time, the same without seconds, without
 * time or without offset (then UTC, whatever the machine's zone is), and numbers: epoch seconds,
 * milliseconds, microseconds or nanoseconds.
 */
export function parseTimestamp(text: string): number {
  if (NUMBER.test(text)) return epochSeconds(Number(text));
  const match = RFC_3339.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, hour, minute, second, , sign, offsetHours, offsetMinutes] = match;
  const clock = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)] as const;
  const midnightMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date.UTC turns 30 February into a day of March, and a month of 0 or 13 into another year's.
  const isMonth = Number(month) >= 1 && Number(month) <= 12;
  const isDate = isMonth && new Date(midnightMs).getUTCDate() === Number(day);
  if (!isDate || clock[0] > 23 || clock[1] > 59 || clock[2] >= 61) return Number.NaN;
  const offset = Number(offsetHours ?? 0) * 3600 + Number(offsetMinutes ?? 0) * 60;
  const local = midnightMs / 1000 + clock[0] * 3600 + clock[1] * 60 + clock[2];
  return sign === '-' ? local + offset : local - offset;
}
