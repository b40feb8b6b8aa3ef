import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DOUBTS, type Guarded } from '../../src/features/doubt.ts';
import { guard } from '../../src/features/guard.ts';
import { LEVEL_WINDOW, referenceOf } from '../../src/features/reference.ts';
import { noise } from '../models/series.ts';
import { loadProtocol } from '../protocol/data.ts';

const STEP = 300;
const DAY = 86_400 / STEP;
const DAYS = 5;

const random = noise(5);
const wobble = Array.from({ length: DAYS * DAY }, () => random());

/** A day's shape between 200 and 1,000, with noise; the newest step is at noon. */
function day(alter: (value: number, back: number, k: number) => number = (value) => value) {
  const count = DAYS * DAY - DAY / 2;
  return Float64Array.from({ length: count }, (_, k) => {
    const shape = 600 - 400 * Math.cos((2 * Math.PI * (k + 1)) / DAY);
    return alter(shape + 15 * (wobble[k] as number), count - 1 - k, k);
  });
}

const judged = (values: Float64Array, up: Float64Array | null = null): Guarded =>
  guard({ values, stepSeconds: STEP, cutoffSeconds: 0 }, up);

/** Steps back from the newest that are doubted, by reason. */
function doubted({ marks }: Guarded): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  marks.forEach((mark, k) => {
    const reason = DOUBTS[mark - 1];
    if (reason) found[reason] = [...(found[reason] ?? []), marks.length - 1 - k];
  });
  return found;
}

const backs = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, i) => from - i);

describe('the newest steps', () => {
  it('are accepted as they come', () => {
    expect(judged(day())).toMatchObject({ doubt: null });
    expect(doubted(judged(day()))).toEqual({});
  });

  it.each([
    ['a spike', (v: number) => v * 10, 'spike', false],
    ['a dip', (v: number) => v / 10, 'spike', true],
    ['a negative rate', (v: number) => -v, 'negative', true],
    ['a zero', () => 0, 'zero', true],
    ['another unit, larger', (v: number) => v * 1000, 'unit', false],
    ['another unit, smaller', (v: number) => v / 1000, 'unit', true],
  ] as const)('%s is doubted', (_name, alter, reason, isLow) => {
    const guarded = judged(day((value, back) => (back === 0 ? alter(value) : value)));
    expect(guarded.doubt).toEqual({ reason, isLow });
    expect(doubted(guarded)).toEqual({ [reason]: [0] });
    expect(guarded.memory.at(-1)).toBeNaN();
    // High values are what replicas are needed for, all the same.
    expect(Number.isNaN(guarded.observed.at(-1))).toBe(isLow);
  });

  it('are a new level from the fourth on, in both directions', () => {
    for (const factor of [3, 0.1]) {
      const since = (steps: number) => judged(day((v, back) => (back < steps ? v * factor : v)));
      for (const steps of [1, 2, 3]) {
        expect(since(steps).doubt).toEqual({ reason: 'spike', isLow: factor < 1 });
        expect(doubted(since(steps))).toEqual({ spike: backs(steps - 1, 0) });
      }
      for (const steps of [4, 5, 10, 40]) expect(doubted(since(steps))).toEqual({});
    }
  });

  it('are no new level while they look like a dead exporter or another unit, for a day', () => {
    for (const [alter, reason] of [
      [() => 0, 'zero'],
      [(v: number) => v / 1000, 'unit'],
    ] as const) {
      const since = (steps: number) => judged(day((v, back) => (back < steps ? alter(v) : v)));
      expect(doubted(since(100))).toEqual({ [reason]: backs(99, 0) });
      expect(since(100).doubt?.isLow).toBe(true);
      for (const steps of [DAY - 12, DAY, 1.2 * DAY]) expect(since(steps).doubt).toBeNull();
    }
  });

  it('are doubted when one value stays far longer than any ever did, for a day', () => {
    const since = (steps: number, still = 333.25) =>
      judged(day((value, back) => (back < steps ? still : value)));
    expect(doubted(since(11))).toEqual({});
    expect(doubted(since(12))).toEqual({ frozen: backs(10, 0) });
    expect(since(200).doubt).toEqual({ reason: 'frozen', isLow: true });
    expect(doubted(since(DAY + 1))).toEqual({});
    // A queue at its cap is no reason to wait.
    expect(since(40, 5000).doubt).toEqual({ reason: 'frozen', isLow: false });
    expect(since(40, 5000).observed.at(-1)).toBe(5000);
  });

  it('may stand still in a series that does', () => {
    expect(doubted(judged(day(() => 45.3)))).toEqual({});
    const stairs = day((_value, _back, k) => 100 + 10 * (Math.floor(k / 20) % 7));
    expect(doubted(judged(stairs))).toEqual({});
  });
});

describe('what the kept history knows', () => {
  it('a spike that is over is not learnt', () => {
    const guarded = judged(day((v, back) => (back === 50 || back === 51 ? v * 20 : v)));
    expect(doubted(guarded)).toEqual({ spike: [51, 50] });
    expect(guarded.doubt).toBeNull();
    expect(guarded.observed).toEqual(guarded.memory);
  });

  it('zeros at night are demand, the same at noon are a dead exporter', () => {
    const isNight = (k: number) => (k + 1) % DAY < DAY / 4;
    const nights = (alter: (value: number, back: number) => number) =>
      judged(day((v, back, k) => (isNight(k) && k > DAY ? 0 : alter(v, back))));
    const first = judged(day((v, _back, k) => (isNight(k) && k > 4 * DAY ? 0 : v)));
    expect(doubted(first).zero?.length).toBeGreaterThan(60);
    const later = doubted(nights((v) => v)).zero ?? [];
    expect(later.length).toBeLessThan(DAY / 4);
    expect(doubted(nights((v, back) => (back < 6 ? 0 : v))).zero?.slice(-6)).toEqual(backs(5, 0));
  });

  it('a burst that comes each day at its time is learnt', () => {
    const daily = day((v, _back, k) => (k % DAY === 100 ? v * 6 : v));
    expect(doubted(judged(daily))).toEqual({});
  });

  it('an outage is followed by the level that was before it', () => {
    const guarded = judged(day((v, back) => (back >= 30 && back < 90 ? 0 : v)));
    expect(doubted(guarded)).toEqual({ zero: backs(89, 30) });
  });

  it('a fall may go on through a gap', () => {
    const fall = (k: number) => 3000 + 15 * (wobble[k] as number);
    const falling = day((_value, back, k) => {
      if (back > 35) return fall(k);
      if (back > 0 && back <= 15) return Number.NaN;
      return fall(k) - 60 * (36 - back);
    });
    expect(judged(falling).doubt).toBeNull();
    const dropped = falling.map((value, k) => (k === falling.length - 1 ? value / 4 : value));
    expect(judged(dropped).doubt).toEqual({ reason: 'spike', isLow: true });
  });

  it('a metric that often is negative may be', () => {
    expect(doubted(judged(day((v, _back, k) => (k % 5 === 0 ? -v : v)))).negative).toBeUndefined();
  });

  it('too few values judge nothing; few know what is a fourth of the level', () => {
    const young = (count: number, last: number) =>
      Float64Array.from({ length: count }, (_, k) => (k === count - 1 ? last : 100 + (k % 7)));
    expect(doubted(judged(young(4, 0)))).toEqual({});
    expect(doubted(judged(young(5, 0)))).toEqual({ zero: [0] });
    expect(doubted(judged(young(29, 20)))).toEqual({ spike: [0] });
    expect(doubted(judged(young(29, 40)))).toEqual({});
  });

  it('zeros of an exporter that restarts vouch for no other', () => {
    const noon = DAY / 2;
    const restarts = (k: number) => (k - noon) % DAY < 2 && k % DAY >= noon;
    for (const isGone of [restarts, (k: number) => k % 97 === 0]) {
      const series = day((v, back, k) => (isGone(k) || back === 0 ? 0 : v));
      expect(judged(series).doubt).toEqual({ reason: 'zero', isLow: true });
    }
    const often = day((v, _back, k) => (k % 12 === 3 || k === DAYS * DAY - noon - 1 ? 0 : v));
    expect(judged(often).doubt).toBeNull();
    const small = day((_v, back) => (back === 0 ? 0 : 1 + 8 * Math.abs(wobble[back] as number)));
    expect(judged(small).doubt).toBeNull();
  });

  it('a night that does not end is doubted from the hour on at which others did', () => {
    const isNight = (k: number) => k % DAY < DAY / 4;
    const asleep = (since: number) => day((v, back, k) => (isNight(k) || back < since ? 0 : v));
    const gone = judged(asleep(DAY / 2));
    expect(gone.doubt).toEqual({ reason: 'zero', isLow: true });
    // Half an hour beside the night is of it.
    expect(doubted(gone)).toEqual({ zero: backs(DAY / 4 - 7, 0) });
    const up = new Float64Array(gone.memory.length).fill(1);
    expect(judged(asleep(DAY / 2), up).doubt).toBeNull();
  });
});

describe('an exporter that is watched', () => {
  const zeros = day((v, back) => (back < 6 ? 0 : v));
  const up = (value: number) =>
    Float64Array.from(zeros, (_, k) => (k >= zeros.length - 6 ? value : 1));

  it('that lives makes zero a value like any other', () => {
    expect(judged(zeros, up(1)).doubt).toBeNull();
    expect(judged(zeros, up(Number.NaN)).doubt).toEqual({ reason: 'zero', isLow: true });
  });

  it('that is down is not believed when it is low, and is when it is high', () => {
    expect(doubted(judged(zeros, up(0)))).toEqual({ exporter_down: backs(5, 0) });
    const high = day((v, back) => (back === 0 ? v * 3 : v));
    expect(judged(high, up(0)).doubt).toEqual({ reason: 'spike', isLow: false });
  });
});

describe('whatever comes', () => {
  const poison = fc.oneof(
    { weight: 6, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, 1000, 0.001, Number.NaN, 1e12, 10, 0.1) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1e3, noNaN: true }) },
  );

  test('memory and observed are the values with steps left out, the same each time', () => {
    fc.assert(
      fc.property(fc.array(poison, { minLength: 1, maxLength: 120 }), (factors) => {
        const values = day((v, back) => v * (factors[back] ?? 1));
        const guarded = judged(values);
        for (let k = 0; k < values.length; k++) {
          const isMissing = Number.isNaN(values[k]) || guarded.marks[k] !== 0;
          expect(guarded.memory[k]).toBe(isMissing ? Number.NaN : values[k]);
          const isKept = Object.is(guarded.observed[k], guarded.memory[k]);
          expect(isKept || guarded.observed[k] === values[k]).toBe(true);
        }
        expect(guarded.doubt === null).toBe(guarded.marks.at(-1) === 0);
        if (guarded.doubt && !guarded.doubt.isLow) {
          expect(guarded.observed.at(-1)).toBe(values.at(-1));
        }
        expect(judged(values)).toEqual(guarded);
      }),
      { numRuns: 50 },
    );
  });

  test('a newest value above the level of the steps before it is never low', () => {
    fc.assert(
      fc.property(fc.array(poison, { minLength: 1, maxLength: 40 }), (factors) => {
        const values = day((v, back) => (back === 0 ? 1e9 : v * (factors[back] ?? 1)));
        expect(judged(values).doubt?.isLow ?? false).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('the running median is that of a sorted copy', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 80 }), (list) => {
        const { levels } = referenceOf(Float64Array.from(list));
        list.forEach((_, k) => {
          const before = list.slice(0, k).filter((each) => !Number.isNaN(each));
          const window = before.slice(-LEVEL_WINDOW).sort((a, b) => a - b);
          expect(levels[k]).toBe(window[window.length >> 1] ?? Number.NaN);
        });
      }),
    );
  });
});

const series = loadProtocol();

test.runIf(series)('real series are hardly ever doubted', () => {
  let steps = 0;
  let marked = 0;
  for (const { y, stepSeconds } of series ?? []) {
    const values = y.subarray(Math.max(0, y.length - 20_160));
    const { marks } = guard({ values, stepSeconds, cutoffSeconds: 0 });
    steps += marks.length;
    marked += marks.reduce((count, mark) => count + (mark > 0 ? 1 : 0), 0);
  }
  expect(marked / steps).toBeLessThan(0.001);
});
