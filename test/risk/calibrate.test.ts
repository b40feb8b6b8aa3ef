import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { caseOf, normal, type World } from './cases.ts';
import { type Case, calibrate } from './record.ts';
import { calibrationTwin } from './twin.ts';

const LEVELS = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
const DAY_SECONDS = 86_400;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** A daily wave whose errors grow with it. */
function world(stepSeconds: number, steps: number, horizon: number, seed = 5): World {
  const random = normal(seed);
  const wave = (i: number) => 500 + 300 * Math.sin((2 * Math.PI * i * stepSeconds) / DAY_SECONDS);
  return {
    stepSeconds,
    steps,
    horizon,
    point: wave,
    actual: (i) => wave(i) + 0.1 * wave(i) * random(),
  };
}

function draw({ steps, actual }: World, alter = (_i: number, value: number) => value): number[] {
  return Array.from({ length: steps }, (_, i) => alter(i, actual(i)));
}

const CASES: Record<string, () => Case> = {
  'half hours': () => {
    const half = world(1_800, 900, 48);
    return caseOf(half, draw(half), 3);
  },
  'minutes of less than two days': () => {
    const minutes = world(60, 1_500, 30);
    return caseOf(minutes, draw(minutes), 6);
  },
  'gaps, and no peak': () => {
    const gaps = world(300, 1_200, 12);
    return caseOf(
      gaps,
      draw(gaps, (i, value) => (i % 40 < 5 ? Number.NaN : value)),
    );
  },
  'one step ahead': () => {
    const one = world(3_600, 400, 1);
    return caseOf(one, draw(one), 1);
  },
  'errors three times as large of late': () => {
    const late = world(300, 1_600, 24);
    const alter = (i: number, value: number) =>
      i < 1_400 ? value : late.point(i) + 3 * (value - late.point(i));
    return caseOf(late, draw(late, alter), 2);
  },
  'errors far off on one side of late': () => {
    const late = world(300, 1_600, 24);
    return caseOf(
      late,
      draw(late, (i, value) => (i < 1_560 ? value : value + 300)),
      6,
    );
  },
  'errors a little off on the other side of late': () => {
    const late = world(300, 1_600, 12);
    return caseOf(
      late,
      draw(late, (i, value) => (i < 1_575 ? value : value - 250)),
      3,
    );
  },
  'two values': () => ({
    ...caseOf(
      world(60, 300, 30),
      draw(world(60, 300, 30), (i) => (i < 2 ? 500 + i : Number.NaN)),
    ),
    bands: [{ first: 1, last: 30, noted: [] }],
  }),
  'below zero': () => {
    const below = world(1_800, 600, 24);
    const shifted = { ...below, point: (i: number) => below.point(i) - 600 };
    return caseOf(
      shifted,
      draw(below, (_, value) => value - 600),
      2,
    );
  },
  'sparse counts': () => {
    const counts = { ...world(300, 1_000, 12), point: (i: number) => 0.3 + 0.03 * Math.sin(i) };
    const random = normal(3);
    return caseOf(
      counts,
      draw(counts, () => Math.max(0, Math.floor(random()))),
      4,
    );
  },
  'no errors': () => ({
    ...caseOf(
      world(60, 300, 30),
      draw(world(60, 300, 30), (i) => 500 + (i % 2)),
    ),
    bands: [{ first: 1, last: 30, noted: [] }],
  }),
};

describe('calibration', () => {
  it.each(Object.keys(CASES))('agrees with its plain twin: %s', (name) => {
    const given = CASES[name]?.() as Case;
    const got = calibrate(kernel, given, LEVELS);
    const twin = calibrationTwin(given, LEVELS);
    expect(got.excess).toBeCloseTo(twin.excess, 6);
    for (const level of LEVELS) {
      got.bands[level]?.forEach((value, i) => {
        const wanted = twin.bands[level]?.[i] as number;
        expect(Math.abs(value - wanted), `p${level}, step ${i}`).toBeLessThan(1e-7 * 1000);
      });
      if (!given.peak) expect(got.peak[level]).toBeNaN();
      else expect(got.peak[level]).toBeCloseTo(twin.peak[level] as number, 4);
    }
  });

  it('is normal around the point where there are no errors yet', () => {
    const given = CASES['no errors']?.() as Case;
    const { bands, errors, effectiveErrors } = calibrate(kernel, given, [0.5, 0.8]);
    expect([errors, effectiveErrors]).toEqual([0, 0]);
    given.point.forEach((median, i) => {
      expect(bands['0.5']?.[i]).toBeCloseTo(median, 6);
      // Read off 32 equally likely normal quantiles, between which it is linear.
      const p80 = median + 0.8416 * (given.sigma[i] as number);
      expect(Math.abs((bands['0.8']?.[i] as number) - p80)).toBeLessThan(0.8);
    });
  });

  it('never crosses: a higher level is never lower, at any step, and of the peak', () => {
    const level = fc.double({ min: 0.5, max: 1 - 1e-4, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(CASES)),
        fc.uniqueArray(level, { minLength: 2, maxLength: 12 }),
        (name, levels) => {
          const sorted = [...levels].sort((a, b) => a - b);
          const { bands, peak } = calibrate(kernel, CASES[name]?.() as Case, sorted);
          sorted.slice(1).forEach((above, k) => {
            const below = sorted[k] as number;
            bands[above]?.forEach((value, i) => {
              const least = bands[below]?.[i] as number;
              expect(value).toBeGreaterThanOrEqual(least - 1e-12 * Math.abs(least));
            });
            if (!Number.isNaN(peak[above])) {
              expect(peak[above]).toBeGreaterThanOrEqual(peak[below] as number);
            }
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  /** The case with every value and forecast mapped; standard errors by the factor alone. */
  function mapped(given: Case, factor: number, shift: number): Case {
    const map = (value: number) => factor * value + shift;
    const row = <T extends { noted: Case['bands'][number]['noted'] }>(each: T): T => ({
      ...each,
      noted: each.noted.map((one) => ({ ...one, actual: map(one.actual), point: map(one.point) })),
    });
    const { peak } = given;
    return {
      ...given,
      history: given.history.map(map),
      point: given.point.map(map),
      sigma: given.sigma.map((value) => factor * value),
      bands: given.bands.map(row),
      ...(peak ? { peak: { ...row(peak), point: map(peak.point) } } : {}),
    };
  }

  it.each([
    ['scaled', 1e-9, 0],
    ['scaled up', 1e9, 0],
    ['shifted', 1, 1e4],
    ['scaled and shifted', 1e3, 5e5],
  ])('follows the metric when that is %s', (_, factor, shift) => {
    for (const name of ['half hours', 'errors three times as large of late']) {
      const given = CASES[name]?.() as Case;
      const plain = calibrate(kernel, given, LEVELS);
      const moved = calibrate(kernel, mapped(given, factor, shift), LEVELS);
      for (const level of LEVELS) {
        plain.bands[level]?.forEach((value, i) => {
          const wanted = factor * value + shift;
          const got = moved.bands[level]?.[i] as number;
          expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-6 * (factor * 1e3 + shift * 1e-2));
        });
      }
    }
  });

  it('refuses a level outside [0.5, 1), and to calibrate without a record', () => {
    const given = CASES['half hours']?.() as Case;
    expect(() => calibrate(kernel, given, [1])).toThrow(
      expect.objectContaining({ code: 'model_option' }),
    );
    expect(() => calibrate(kernel, { ...given, bands: [] }, [0.5])).toThrow();
  });
});
