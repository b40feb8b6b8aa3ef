/** Points of a line, x ascending; a y of NaN breaks the line. */
export interface Points {
  readonly length: number;
  x(i: number): number;
  y(i: number): number;
}

/** Points of two arrays of the same length. */
export function points(x: ArrayLike<number>, y: ArrayLike<number>): Points {
  return { length: y.length, x: (i) => x[i] as number, y: (i) => y[i] as number };
}

/**
 * At most four points a column of the picture: first, lowest, highest and last. A line through them
 * covers the pixels that a line through all of them does, so no peak is lost (M4: Jugel et al.,
 * VLDB 2014, section 4.2). A column without any value breaks the line.
 *
 * @param columns the picture's width, spread over x from `low` to `high`
 */
export function thin(all: Points, low: number, high: number, columns: number): Points {
  if (all.length <= 4 * columns) return all;
  const xs: number[] = [];
  const ys: number[] = [];
  const perColumn = (high - low) / columns;
  const columnOf = (i: number) => Math.floor((all.x(i) - low) / perColumn);
  for (let from = 0, to = 0; from < all.length; from = to) {
    const column = columnOf(from);
    to = from + 1;
    while (to < all.length && columnOf(to) === column) to += 1;
    for (const i of extremes(all, from, to)) {
      xs.push(all.x(i));
      ys.push(all.y(i));
    }
  }
  return points(xs, ys);
}

/** The same points, with one at 0 before and after each unbroken run. */
export function grounded(all: Points): Points {
  const xs: number[] = [];
  const ys: number[] = [];
  const isThere = (i: number) => i >= 0 && i < all.length && !Number.isNaN(all.y(i));
  for (let i = 0; i < all.length; i++) {
    const before = isThere(i) && !isThere(i - 1) ? [0] : [];
    const after = isThere(i) && !isThere(i + 1) ? [0] : [];
    for (const y of [...before, all.y(i), ...after]) {
      xs.push(all.x(i));
      ys.push(y);
    }
  }
  return points(xs, ys);
}

/** First, lowest, highest and last value from..to − 1 in their order; a NaN when there is none. */
function extremes(all: Points, from: number, to: number): number[] {
  let [first, lowest, highest, last] = [-1, -1, -1, -1];
  for (let i = from; i < to; i++) {
    const value = all.y(i);
    if (Number.isNaN(value)) continue;
    if (first < 0) first = lowest = highest = i;
    if (value < all.y(lowest)) lowest = i;
    if (value > all.y(highest)) highest = i;
    last = i;
  }
  if (first < 0) return [from];
  return [...new Set([first, lowest, highest, last])].sort((a, b) => a - b);
}
