import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GridRange, Samples } from '../../src/adapters/adapter.ts';
import { History } from '../../src/features/history.ts';
import { noReasons } from '../../src/features/quality.ts';

const STEP = 60;
const NaN_ = Number.NaN;

function history(historySteps = 10, windowSteps = 3): History {
  return new History({
    stepSeconds: STEP,
    historySeconds: historySteps * STEP,
    windowSeconds: windowSteps * STEP,
  });
}

/** Times and range in steps of a minute. */
function samples(...points: [number, number][]): Samples {
  return {
    timesSeconds: Float64Array.from(points, ([time]) => time * STEP),
    values: Float64Array.from(points, ([, value]) => value),
    warnings: [],
  };
}

function range(first: number, last: number): GridRange {
  return { startSeconds: first * STEP, endSeconds: last * STEP, stepSeconds: STEP };
}

function valuesAt(kept: History, cutoff: number): number[] {
  return [...kept.series(cutoff * STEP).values];
}

describe('the grid', () => {
  test('a sample belongs to the step that ends at or after it', () => {
    const kept = history();
    kept.add(samples([100.01, 1], [102, 2], [102.5, 3], [104 + 1e-6, 4]), range(100, 104));
    expect(valuesAt(kept, 104)).toEqual([1, 2, 3, 4]);
  });

  test('samples of one step are averaged, of one time the largest counts', () => {
    const kept = history();
    const { counts } = kept.add(
      samples([100.2, 1], [100.4, 9], [100.4, 5], [101, 7], [101, 8]),
      range(101, 101),
    );
    expect(valuesAt(kept, 101)).toEqual([(1 + 9 + 8) / 3]);
    expect(counts).toEqual({ ...noReasons(), duplicate: 2 });
  });

  test('the order of arrival does not matter but for doubles', () => {
    const kept = history();
    kept.add(samples([102, 5], [100, 1], [101, 3], [100, 2]), range(100, 102));
    expect(valuesAt(kept, 102)).toEqual([2, 3, 5]);
  });

  test('what is not finite or out of range is missing', () => {
    const kept = history();
    const { counts, acceptedSteps } = kept.add(
      samples([100, 1], [101, NaN_], [102, Infinity], [103, 1.1e15], [104, -1e15], [105, -1.1e15]),
      range(100, 105),
    );
    expect(valuesAt(kept, 105)).toEqual([1, NaN_, NaN_, NaN_, -1e15, NaN_]);
    expect(counts).toEqual({ ...noReasons(), not_finite: 2, out_of_range: 2, missing: 4 });
    expect(acceptedSteps).toBe(2);
  });

  test('one NaN among good samples of a step takes nothing from them', () => {
    const kept = history();
    kept.add(samples([100.2, NaN_], [100.5, 4], [100.5, NaN_], [101, 6]), range(101, 101));
    expect(valuesAt(kept, 101)).toEqual([5]);
  });

  test('samples that were not asked for are counted and left out', () => {
    const kept = history();
    const { counts } = kept.add(
      samples([99, 1], [100, 2], [101, 3], [101.1, 4], [NaN_, 5]),
      range(100, 101),
    );
    expect(valuesAt(kept, 101)).toEqual([2, 3]);
    expect(counts.outside).toBe(3);
  });
});

describe('the series', () => {
  test('is empty when nothing was observed', () => {
    const kept = history();
    expect(valuesAt(kept, 100)).toEqual([]);
    kept.add(samples(), range(91, 100));
    expect(valuesAt(kept, 100)).toEqual([]);
    expect(kept.newestSeconds).toBe(null);
    expect(kept.quality(100 * STEP)).toMatchObject({ points: 0, missing: 0 });
  });

  test('begins with the first observed step and ends at the cutoff, missing tail included', () => {
    const kept = history();
    kept.add(samples([95, 1], [97, 3]), range(91, 100));
    expect(kept.series(100 * STEP)).toEqual({
      values: Float64Array.of(1, NaN_, 3, NaN_, NaN_, NaN_),
      stepSeconds: STEP,
      cutoffSeconds: 100 * STEP,
    });
    expect(valuesAt(kept, 102)).toEqual([1, NaN_, 3, NaN_, NaN_, NaN_, NaN_, NaN_]);
    expect(kept.newestSeconds).toBe(97 * STEP);
  });

  test('holds the history exactly: what is older is gone', () => {
    const kept = history(4);
    for (let k = 100; k <= 110; k++) kept.add(samples([k, k]), range(k - 3, k));
    expect(valuesAt(kept, 110)).toEqual([107, 108, 109, 110]);
    expect(valuesAt(kept, 112)).toEqual([109, 110, NaN_, NaN_]);
    expect(valuesAt(kept, 120)).toEqual([]);
    kept.add(samples([200, 1]), range(200, 200));
    expect(valuesAt(kept, 200)).toEqual([1]);
  });
});

describe('later answers', () => {
  test('replace what they name, and take nothing away by silence or NaN', () => {
    const kept = history();
    kept.add(samples([98, 1], [99, 2], [100, 3]), range(91, 100));
    const { counts } = kept.add(samples([98, 10], [99, NaN_], [101, 4]), range(98, 101));
    expect(valuesAt(kept, 101)).toEqual([10, 2, 3, 4]);
    expect(counts).toEqual(noReasons());
  });

  test('fill an empty step late, and count that once', () => {
    const kept = history();
    expect(kept.add(samples([97, 1], [100, 4]), range(91, 100)).counts.missing).toBe(2);
    const second = kept.add(samples([98, 2], [100, 4], [101, 5]), range(98, 101));
    expect(second.counts).toEqual({ ...noReasons(), late: 1 });
    const third = kept.add(samples([98, 2], [101, 5]), range(98, 101));
    expect(third.counts).toEqual(noReasons());
    expect(valuesAt(kept, 101)).toEqual([1, 2, NaN_, 4, 5]);
  });

  test('count a bad sample once, however often it comes again', () => {
    const kept = history();
    const bad = samples([99, NaN_], [100, 1], [100, 2]);
    expect(kept.add(bad, range(91, 100)).counts).toMatchObject({ not_finite: 1, duplicate: 1 });
    expect(kept.add(bad, range(98, 100)).counts).toEqual(noReasons());
  });
});

describe('what to ask for', () => {
  const asked = (kept: History, cutoff: number): [number, number] => {
    const { startSeconds, endSeconds } = kept.rangeFor(cutoff * STEP);
    return [startSeconds / STEP, endSeconds / STEP];
  };

  test('the whole history at first, and until something is observed', () => {
    const kept = history(10, 3);
    expect(asked(kept, 100)).toEqual([91, 100]);
    kept.add(samples(), range(91, 100));
    expect(asked(kept, 101)).toEqual([92, 101]);
  });

  test('then the window', () => {
    const kept = history(10, 3);
    kept.add(samples([100, 1]), range(91, 100));
    expect(asked(kept, 100)).toEqual([98, 100]);
    expect(asked(kept, 101)).toEqual([99, 101]);
  });

  test('the window and all since it was last asked for after an outage', () => {
    const kept = history(10, 3);
    kept.add(samples([100, 1]), range(91, 100));
    expect(asked(kept, 106)).toEqual([99, 106]);
    expect(asked(kept, 150)).toEqual([141, 150]);
    kept.add(samples(), range(101, 106));
    expect(asked(kept, 107)).toEqual([101, 107]);
  });

  test('the whole history again when a part was never asked for', () => {
    const kept = history(10, 3);
    kept.add(samples([100, 1]), range(91, 100));
    kept.add(samples([105, 1]), range(103, 105));
    expect(asked(kept, 106)).toEqual([97, 106]);
  });

  test('a window of zero still asks for the newest step', () => {
    const kept = history(10, 0);
    kept.add(samples([100, 1]), range(91, 100));
    expect(asked(kept, 100)).toEqual([100, 100]);
  });
});

describe('a source that keeps less than the history', () => {
  const kept = () => {
    const all = history(10, 3);
    all.add(
      samples(...Array.from({ length: 10 }, (_, i): [number, number] => [91 + i, i])),
      range(91, 100),
    );
    return all;
  };

  test('is followed, so that a process that starts now knows the same', () => {
    const [long, young] = [kept(), history(10, 3)];
    const still = samples(
      ...Array.from({ length: 6 }, (_, i): [number, number] => [95 + i, 4 + i]),
    );
    young.add(still, range(91, 100));
    expect(long.forgetBefore(95 * STEP)).toBe(4);
    expect(long.series(100 * STEP)).toEqual(young.series(100 * STEP));
    expect(long.quality(100 * STEP)).toEqual(young.quality(100 * STEP));
  });

  test('is not believed when over half is gone', () => {
    const long = kept();
    expect(long.forgetBefore(97 * STEP)).toBe(0);
    expect(long.series(100 * STEP)).toEqual(kept().series(100 * STEP));
  });
});

describe('a clock that is set', () => {
  test('back: what is now in the future is gone, the missing past is asked for', () => {
    const kept = history(5, 2);
    for (let k = 96; k <= 100; k++) kept.add(samples([k, k]), range(k - 4, k));
    const asked = kept.rangeFor(98 * STEP);
    expect(asked).toEqual(range(94, 98));
    kept.add(samples([94, 1], [95, 2], [97, 4]), asked);
    expect(valuesAt(kept, 98)).toEqual([1, 2, 96, 4, 98]);
    expect(kept.rangeFor(99 * STEP)).toEqual(range(98, 99));
  });

  test('far forward and back again: the history fills anew', () => {
    const kept = history(5, 2);
    kept.add(samples([96, 1], [100, 5]), range(96, 100));
    kept.add(samples(), kept.rangeFor(9_000 * STEP));
    const asked = kept.rangeFor(101 * STEP);
    expect(asked).toEqual(range(97, 101));
    kept.add(samples([100, 5], [101, 6]), asked);
    expect(valuesAt(kept, 101)).toEqual([5, 6]);
  });
});

test('quality counts over the kept window alone', () => {
  const kept = history(4);
  kept.add(samples([97, 1], [98, NaN_], [98, NaN_], [99, 2], [99, 3], [100, 2e15]), range(91, 100));
  expect(kept.quality(100 * STEP)).toEqual({
    points: 4,
    missing: 2,
    rejected: { duplicate: 1, not_finite: 1, out_of_range: 1 },
  });
  expect(kept.quality(101 * STEP)).toEqual({
    points: 3,
    missing: 2,
    rejected: { duplicate: 1, not_finite: 0, out_of_range: 1 },
  });
});

test('one warm start and any number of later answers leave the same bytes', () => {
  const value = fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(NaN_, Infinity, 2e15) },
  );
  const source = fc.array(fc.tuple(fc.integer({ min: 80 * 4, max: 160 * 4 }), value), {
    minLength: 1,
    maxLength: 200,
  });
  const cutoffs = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(source, cutoffs, fc.nat(5), (points, gaps, windowSteps) => {
      const quarters = points.map(([quarter, v]): [number, number] => [quarter / 4, v]);
      const answer = ({ startSeconds, endSeconds }: GridRange): Samples =>
        samples(
          ...quarters.filter(
            ([time]) => time * STEP > startSeconds - STEP && time * STEP <= endSeconds,
          ),
        );
      const unbroken = history(20, windowSteps);
      let cutoff = 100;
      for (const gap of gaps) {
        cutoff += gap;
        const asked = unbroken.rangeFor(cutoff * STEP);
        unbroken.add(answer(asked), asked);
      }
      const warm = history(20, windowSteps);
      const asked = warm.rangeFor(cutoff * STEP);
      warm.add(answer(asked), asked);
      expect(unbroken.series(cutoff * STEP)).toEqual(warm.series(cutoff * STEP));
      expect(unbroken.quality(cutoff * STEP)).toEqual(warm.quality(cutoff * STEP));
      expect(unbroken.newestSeconds).toBe(warm.newestSeconds);
    }),
    { numRuns: 300 },
  );
});

test('agrees with a plain twin that keeps all samples in a map', () => {
  const point = fc.tuple(fc.integer({ min: 90 * 4, max: 104 * 4 }), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), (points) => {
      const byTime = new Map<number, number>();
      for (const [quarter, v] of points) {
        byTime.set(quarter, Math.max(v, byTime.get(quarter) ?? v));
      }
      const expected = Array.from({ length: 10 }, (_, i) => {
        const quarters = [1, 2, 3, 4].map((q) => (90 + i) * 4 + q);
        const found = quarters.flatMap((quarter) => byTime.get(quarter) ?? []);
        return found.reduce((sum, v) => sum + v, 0) / found.length;
      });
      const first = expected.findIndex((v) => !Number.isNaN(v));
      const kept = history(10);
      kept.add(
        samples(...points.map(([quarter, v]): [number, number] => [quarter / 4, v])),
        range(91, 100),
      );
      expect(valuesAt(kept, 100)).toEqual(first < 0 ? [] : expected.slice(first));
    }),
  );
});
