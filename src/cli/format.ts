const DIGITS = 6;
const PLAIN_MAX = 1e9;
const PLAIN_MIN = 1e-4;

/** A number for people: six digits, no more decimals than that, `-` for a missing one. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size !== 0 && (size >= PLAIN_MAX || size < PLAIN_MIN)) return value.toExponential(3);
  return size >= 10 ** DIGITS ? value.toFixed(0) : String(Number(value.toPrecision(DIGITS)));
}

/** Fixed decimals; `-` for what is not known. */
export function fixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? (value + 0).toFixed(decimals) : '-';
}

/** RFC 3339 in UTC, without a fraction when there is none. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Indexes of at most `most` of `length` steps, evenly spread, the last one among them. */
export function shownSteps(length: number, most: number): number[] {
  const stride = Math.ceil(length / most);
  return Array.from({ length }, (_, i) => i).filter((i) => (length - 1 - i) % stride === 0);
}

/** Columns of text, right-aligned but the first, under their headings. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]) {
  const lines = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) => {
      const cells = line.map((cell, i) =>
        i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
      );
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
