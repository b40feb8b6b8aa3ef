const SECONDS_PER_UNIT: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/gy;

/** Longer than this is a slip of the finger; it also keeps milliseconds exact. */
const MOST_SECONDS = 36_525 * 86_400;

/**
 * Seconds of a duration in Go's syntax plus `d` and `w`: `1h30m`, `1.5h`, `500ms`, `14d`, `0`.
 * Undefined for anything else: a sign, a bare number, more than a century.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let seconds = 0;
  let end = 0;
  for (const match of text.matchAll(PART)) {
    const [part, number, unit] = match as unknown as [string, string, string];
    seconds += Number(number) * (SECONDS_PER_UNIT[unit] as number);
    end = match.index + part.length;
  }
  if (end === 0 || end !== text.length || !(seconds <= MOST_SECONDS)) return undefined;
  // Sums of decimal fractions: 0.1s0.2s is 0.3, not 0.30000000000000004.
  return Number(seconds.toPrecision(15));
}

/** The shortest usual way to write it: 5400 → `1h30m`, 1209600 → `14d`, 0.5 → `500ms`. */
export function formatDuration(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Number((seconds * 1e3).toPrecision(12))}ms`;
  let rest = seconds;
  let text = '';
  for (const unit of ['d', 'h', 'm']) {
    const size = SECONDS_PER_UNIT[unit] as number;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  const secondsLeft = Number(rest.toFixed(6));
  return secondsLeft > 0 || text === '' ? `${text}${secondsLeft}s` : text;
}
