import type { Axis, Mark } from './axis.ts';

/** Width of a digit at the size of the labels, and what parts two of them. */
const CHAR_PX = 7;
const GAP_PX = 6;
/** Nearer to an end than this, a label is moved in. */
const END_SHARE = 0.04;
const LABELS_MIN = 3;
/** Months differ in length; the 31st and the 1st, as of every second day, are too unlike. */
const UNEVEN_MAX = 1.5;

/** Where a label lies to its mark. */
export type Side = 'start' | 'middle' | 'end';

/** At the ends of the axis a label is moved in, to stay within the picture. */
export function sideOf({ at }: Mark): Side {
  return at < END_SHARE ? 'start' : at > 1 - END_SHARE ? 'end' : 'middle';
}

/** As many labels as have room, evenly spread, and at round values where they can be. */
export function labels({ marks, marksOf }: Axis, widthPx: number): readonly Mark[] {
  for (let count = marks.length; count >= LABELS_MIN - 1; count--) {
    const some = count === marks.length ? marks : marksOf(count);
    // Those that are moved in at the ends give way to the others.
    for (const part of [some, some.filter((mark) => sideOf(mark) === 'middle')]) {
      if (part.length >= LABELS_MIN && isEven(part) && haveRoom(part, widthPx)) return part;
    }
  }
  for (let stride = 1; stride < marks.length; stride++) {
    const some = marks.filter((_, i) => i % stride === 0);
    if (haveRoom(some, widthPx)) return some;
  }
  return marks.slice(0, 1);
}

function isEven(marks: readonly Mark[]): boolean {
  const gaps = marks.slice(1).map(({ at }, i) => at - (marks[i] as Mark).at);
  return Math.max(...gaps) <= UNEVEN_MAX * Math.min(...gaps);
}

function haveRoom(marks: readonly Mark[], widthPx: number): boolean {
  const ends = marks.map((mark) => extentOf(mark, widthPx));
  return ends.every(([left], i) => i === 0 || left >= (ends[i - 1]?.[1] ?? 0) + GAP_PX);
}

function extentOf(mark: Mark, widthPx: number): [left: number, right: number] {
  const length = CHAR_PX * mark.text.length;
  const place = mark.at * widthPx;
  const before = { start: 0, middle: length / 2, end: length }[sideOf(mark)];
  return [place - before, place - before + length];
}
