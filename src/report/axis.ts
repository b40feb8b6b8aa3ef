import { scaleLinear, scaleUtc } from 'd3-scale';
import { compact, timeMark } from './figures.ts';

/** A labelled place on an axis, 0..1 of its length. */
export interface Mark {
  readonly at: number;
  readonly text: string;
}

/** What the read-out calls the values of an axis: UTC times, shares, or plain numbers. */
export type Reading = 'time' | 'percent' | 'number';

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly reading: Reading;
  /** Written behind a value in the read-out. */
  readonly unit: string;
  readonly marks: readonly Mark[];
  /** Marks at rounder values: about `count`. */
  marksOf(count: number): readonly Mark[];
  /** 0 at `low`, 1 at `high`. */
  place(value: number): number;
}

/** The two axes that things are drawn between. */
export interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

const TIME_MARKS = 9;

/** Time from left to right, epoch seconds; marks at round times of UTC. */
export function timeAxis(lowSeconds: number, highSeconds: number): Axis {
  const scale = scaleUtc([lowSeconds * 1000, highSeconds * 1000], [0, 1]);
  const place = (seconds: number) => scale(seconds * 1000);
  const marksOf = (count: number) =>
    scale.ticks(count).map((date) => {
      const seconds = date.getTime() / 1000;
      return { at: place(seconds), text: timeMark(seconds) };
    });
  const axis = { low: lowSeconds, high: highSeconds, reading: 'time', unit: 'UTC' } as const;
  return { ...axis, marks: marksOf(TIME_MARKS), marksOf, place };
}

/** How an axis of numbers is cut and worded. */
export interface NumberAxisOptions {
  readonly reading?: 'percent' | 'number';
  readonly unit?: string;
  readonly markCount?: number;
  /** Widens the range to round numbers. */
  readonly isNice?: boolean;
  readonly format?: (value: number) => string;
}

/** Numbers from `low` to `high`. */
export function numberAxis(low: number, high: number, options: NumberAxisOptions = {}): Axis {
  const { reading = 'number', unit = '', markCount = 4, isNice = true, format = compact } = options;
  const top = high > low ? high : low + (Math.abs(low) || 1);
  const scale = scaleLinear([low, top], [0, 1]);
  if (isNice) scale.nice(markCount);
  const marksOf = (count: number) =>
    scale.ticks(count).map((value) => ({ at: scale(value), text: format(value) }));
  const [start, end] = scale.domain() as [number, number];
  const place = (value: number) => scale(value);
  return { low: start, high: end, reading, unit, marks: marksOf(markCount), marksOf, place };
}

/** An axis for amounts: from 0, or from the lowest value when some are below 0. */
export function amountAxis(
  arrays: readonly ArrayLike<number>[],
  options: NumberAxisOptions = {},
): Axis {
  let [low, high] = [0, 0];
  for (const values of arrays) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value < low && Number.isFinite(value)) low = value;
      if (value > high && Number.isFinite(value)) high = value;
    }
  }
  return numberAxis(low, high, options);
}
