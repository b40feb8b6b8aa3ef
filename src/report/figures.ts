const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const SCALES: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const PLAIN_MIN = 1e-4;
/** Shares that differ by less than this of the larger one need no more digits. */
const PAIR_MIN = 0.005;
/** Decimals of a per cent at most. */
const DECIMALS_MAX = 4;

/** Between a number and its unit, which stay on one line. */
const GAP = '\u00a0';

/** Shown in place of a number that is not known. */
export const UNKNOWN = '–';

/** Three digits with k, M, G or T: `1.23k`, `0.05`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  // What rounds up to the next scale belongs to it: 999 950 is 1M.
  const [unit, suffix] = SCALES.find(([scale]) => Number(size.toPrecision(3)) >= scale) ?? [1, ''];
  if (size !== 0 && (size < PLAIN_MIN || size >= 1e15)) return minus(value.toExponential(1));
  return minus(`${Number((value / unit).toPrecision(3))}${suffix}`);
}

/** An amount that is paid for: whole and in full from 100 on, `1,204`; three digits below. */
export function amount(value: number): string {
  if (!(Math.abs(value) >= 100 && Math.abs(value) < 1e12)) return compact(value);
  return minus(value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ','));
}

/** Fixed decimals, with a real minus sign. */
export function fixed(value: number, decimals = 2): string {
  return Number.isFinite(value) ? minus((value + 0).toFixed(decimals)) : UNKNOWN;
}

/** A share as per cent, two digits that count: `0.31 %`, `12 %`; what is not nothing is never 0. */
export function percent(share: number, decimals = decimalsOf(share)): string {
  if (!Number.isFinite(share)) return UNKNOWN;
  if (share === 0) return `0${GAP}%`;
  const least = (10 ** -DECIMALS_MAX).toFixed(DECIMALS_MAX);
  if (!isShown(share)) return `${share < 0 ? 'above −' : 'under '}${least}${GAP}%`;
  return `${fixed(share * 100, decimals)}${GAP}%`;
}

/** Two shares beside each other, with digits enough to tell how far they are apart. */
export function percents(a: number, b: number): [string, string] {
  const isApart = Math.abs(a - b) > PAIR_MIN * Math.max(Math.abs(a), Math.abs(b));
  const decimals = Math.max(decimalsOf(a), decimalsOf(b), isApart ? decimalsOf(a - b) : 0);
  return [percent(a, decimals), percent(b, decimals)];
}

/** Whether `percent` shows a share in figures, so that one can reckon with it. */
export function isShown(share: number): boolean {
  return Math.abs(share) * 100 >= 10 ** -DECIMALS_MAX;
}

/** Decimals of a share's per cent that show two digits of it. */
function decimalsOf(share: number): number {
  const size = Math.abs(share) * 100;
  if (size === 0 || !Number.isFinite(size)) return 0;
  return Math.min(DECIMALS_MAX, Math.max(0, 1 - Math.floor(Math.log10(size))));
}

/** A ratio as a change: `+4 %`, `−12 %`, `±0 %`. */
export function change(ratio: number): string {
  if (!Number.isFinite(ratio)) return UNKNOWN;
  const value = (ratio - 1) * 100;
  const text = fixed(Math.abs(value), Math.abs(value) < 10 ? 1 : 0);
  if (Number(text) === 0) return '±0 %';
  return `${value < 0 ? '−' : '+'}${text}${GAP}%`;
}

/** A mark of an axis of shares: `5 %`, `12.5 %`. */
export function percentMark(share: number): string {
  return minus(`${Number((share * 100).toPrecision(3))}${GAP}%`);
}

/** `90 s`, `5 min`, `6 h`, `14 days`: the largest unit of which there are at least two. */
export function span(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const size = Math.abs(seconds);
  const [unit, name] =
    size >= 172_800
      ? ([86_400, 'days'] as const)
      : size >= 7_200
        ? ([3_600, 'h'] as const)
        : size >= 120
          ? ([60, 'min'] as const)
          : ([1, 's'] as const);
  return minus(`${Number((seconds / unit).toPrecision(3))}${GAP}${name}`);
}

/** `3 Mar 2025`, UTC. */
export function day(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** `3 Mar 2025, 14:05`, UTC. */
export function moment(seconds: number): string {
  return `${day(seconds)}, ${clockTime(seconds)}`;
}

/** A mark of a time axis: the day at midnight, else the time. */
export function timeMark(seconds: number): string {
  if (seconds % 86_400 !== 0) return clockTime(seconds);
  const date = new Date(seconds * 1000);
  const isNewYear = date.getUTCMonth() === 0 && date.getUTCDate() === 1;
  if (isNewYear) return String(date.getUTCFullYear());
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `1 origin`, `3 origins`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

function minus(text: string): string {
  return text.replace(/-/g, '−');
}
