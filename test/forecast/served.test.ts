import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadWindow, replicasIn } from '../../src/capacity/window.ts';
import type { Override } from '../../src/forecast/override.ts';
import { type ServingPolicy, serve } from '../../src/forecast/served.ts';
import { activeSnapshot } from '../snapshots.ts';

const T0 = 1_800_000_000;
const HOLD: ServingPolicy = {
  leadTimeSeconds: 120,
  staleAfterSeconds: 120,
  onStale: 'hold',
  defaultMin: 2,
};

/** Ten steps of a minute from T0; generated 10 s after the cutoff. */
const plan = (replicas: number[]) =>
  activeSnapshot({ cutoffSeconds: T0, generatedAtSeconds: T0 + 10, stepSeconds: 60, replicas });
const RISING = plan([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const ZERO = plan(Array.from({ length: 10 }, () => 0));

describe('leadWindow', () => {
  const grid = { cutoffSeconds: T0, stepSeconds: 60, horizonSteps: 10 };
  it.each([
    // seconds after the cutoff, lead time, from, to, covered
    [0, 120, 0, 2, true],
    [59, 120, 0, 2, true],
    [60, 120, 1, 3, true],
    [130, 90, 2, 4, true],
    [130, 0, 2, 2, true],
    [480, 120, 8, 9, true],
    [481, 120, 8, 9, false],
    [5000, 120, 9, 9, false],
    [-30, 60, 0, 0, true],
  ])('at +%d s with lead time %d s is [%d, %d], covered %s', (at, lead, from, to, covered) => {
    expect(leadWindow(grid, T0 + at, lead)).toEqual({ from, to, covered });
  });

  it('holds every step that [t, t + lead] touches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 599 }),
        fc.integer({ min: 0, max: 600 }),
        (at, lead) => {
          const { from, to } = leadWindow(grid, T0 + at, lead);
          expect(from * 60).toBeLessThanOrEqual(at);
          expect(Math.min((to + 1) * 60, 600)).toBeGreaterThanOrEqual(Math.min(at + lead, 600));
        },
      ),
    );
  });

  it('takes the largest of the plan in the window', () => {
    expect(replicasIn([1, 9, 2, 3], { from: 1, to: 2, covered: true })).toBe(9);
  });
});

describe('serve', () => {
  it('counts the window from now, not from index 0', () => {
    expect(serve(RISING, HOLD, 120, T0 + 11).replicas).toBe(5);
    expect(serve(RISING, HOLD, 120, T0 + 70).replicas).toBe(6);
  });

  it('is fresh up to stale-after to the second', () => {
    expect(serve(RISING, HOLD, 120, T0 + 130).state).toBe('fresh');
    expect(serve(RISING, HOLD, 120, T0 + 130.5).state).toBe('held');
  });

  it('takes a forecast of the future, after the clock was set back, for no fresh one', () => {
    expect(serve(RISING, HOLD, 120, T0 - 100).state).toBe('fresh');
    expect(serve(RISING, HOLD, 120, T0 - 3600)).toMatchObject({ replicas: 7, state: 'held' });
  });

  it('is inactive only when a fresh forecast says zero for the whole window', () => {
    expect(serve(ZERO, HOLD, 120, T0 + 20)).toMatchObject({ replicas: 0, isActive: false });
    const wakes = plan([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(serve(wakes, HOLD, 120, T0 + 20)).toMatchObject({ replicas: 1, isActive: true });
  });

  it('holds the most of the floor, what was last served fresh and the plan', () => {
    const falling = plan([9, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    // Last fresh at +130 s: steps 2..4 of the plan, so 8; now at +300 s the plan says 5.
    expect(serve(falling, HOLD, 120, T0 + 300)).toMatchObject({ replicas: 8, state: 'held' });
    // The plan itself rises above what was served: it still counts upwards.
    expect(serve(RISING, HOLD, 120, T0 + 300)).toMatchObject({ replicas: 10, state: 'held' });
    expect(serve(ZERO, HOLD, 120, T0 + 300)).toMatchObject({ replicas: 2, isActive: true });
  });

  it('knows nothing when holding would mean zero, or coverage has ended', () => {
    const stale = expect.objectContaining({ code: 'forecast_stale' });
    expect(() => serve(ZERO, { ...HOLD, defaultMin: 0 }, 120, T0 + 300)).toThrow(stale);
    expect(serve(RISING, HOLD, 120, T0 + 480).state).toBe('held');
    expect(() => serve(RISING, HOLD, 120, T0 + 481)).toThrow(stale);
  });

  it('serves the floor with on-stale min, nothing with on-stale error', () => {
    const min = { ...HOLD, onStale: 'min', defaultMin: 0 } as const;
    expect(serve(RISING, min, 120, T0 + 9999)).toMatchObject({ replicas: 1, isActive: true });
    const error = { ...HOLD, onStale: 'error' } as const;
    expect(() => serve(RISING, error, 120, T0 + 131)).toThrow('121 s old');
  });

  it('knows nothing before the first forecast', () => {
    expect(() => serve(null, HOLD, 120, T0)).toThrow(
      expect.objectContaining({ code: 'forecast_pending' }),
    );
  });
});

/** A snapshot whose reactive floor is of `at` seconds after T0. */
const withFloor = (replicas: number[], floor: number, at = 5) => ({
  ...plan(replicas),
  reactive: { atSeconds: T0 + at, replicas: floor },
});
const FLAT = Array.from({ length: 10 }, () => 4);

describe('the reactive floor', () => {
  it('raises, and never lowers', () => {
    const any = fc.record({
      replicas: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 10, maxLength: 10 }),
      floor: fc.integer({ min: 0, max: 50 }),
      at: fc.integer({ min: -600, max: 600 }),
      now: fc.integer({ min: 0, max: 900 }),
      onStale: fc.constantFrom('hold' as const, 'min' as const, 'error' as const),
    });
    const servedOf = (active: ReturnType<typeof plan>, policy: ServingPolicy, now: number) => {
      try {
        return serve(active, policy, 120, T0 + now).replicas;
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(any, ({ replicas, floor, at, now, onStale }) => {
        const policy = { ...HOLD, onStale };
        const without = servedOf(plan(replicas), policy, now);
        const served = servedOf(withFloor(replicas, floor, at), policy, now);
        if (without !== null) expect(served).toBeGreaterThanOrEqual(without);
        const isFresh = Math.abs(now - at) <= 120;
        if (served !== null && isFresh) expect(served).toBeGreaterThanOrEqual(floor);
      }),
      { numRuns: 2_000 },
    );
  });

  it('says what the number is the most of', () => {
    const served = serve(withFloor(FLAT, 9), HOLD, 120, T0 + 20);
    expect(served).toEqual({
      ...{ replicas: 9, isActive: true, state: 'fresh' },
      ...{ forecast: 4, reactive: 9 },
    });
  });

  it('counts on while a forecast of its time would be held, and no longer', () => {
    const active = withFloor(FLAT, 9, 0);
    expect(serve(active, HOLD, 120, T0 + 480).replicas).toBe(9);
    const min = { ...HOLD, onStale: 'min' } as const;
    expect(serve(active, min, 120, T0 + 120).replicas).toBe(9);
    expect(serve(active, min, 120, T0 + 121).replicas).toBe(4);
  });

  it('wakes what the forecast lets sleep, fresh or stale', () => {
    const asleep = FLAT.map(() => 0);
    expect(serve(plan(asleep), HOLD, 120, T0 + 20).isActive).toBe(false);
    for (const now of [20, 310]) {
      const served = serve(withFloor(asleep, 3, now), { ...HOLD, defaultMin: 0 }, 120, T0 + now);
      expect(served).toMatchObject({ replicas: 3, isActive: true });
    }
  });
});

describe('an order', () => {
  const order = (kind: Override['kind'], replicas: number): Override => ({
    ...{ kind, replicas, by: 'a1b2c3d4' },
    until: '2027-02-01T00:00:00Z',
    at: '2027-01-01T00:00:00Z',
  });

  it('of replicas is served whatever is forecast, and without a forecast', () => {
    const two = order('replicas', 2);
    for (const active of [RISING, withFloor(FLAT, 9), null]) {
      for (const now of [20, 9_999]) {
        expect(serve(active, { ...HOLD, onStale: 'error' }, 120, T0 + now, two)).toEqual({
          ...{ replicas: 2, isActive: true, state: 'override', forecast: null, reactive: null },
        });
      }
    }
    expect(serve(RISING, HOLD, 120, T0 + 20, order('replicas', 0)).isActive).toBe(false);
  });

  it('of at least so many raises what is forecast', () => {
    expect(serve(RISING, HOLD, 120, T0 + 20, order('atLeast', 3)).replicas).toBe(5);
    expect(serve(RISING, HOLD, 120, T0 + 20, order('atLeast', 30)).replicas).toBe(30);
  });

  it('of at least so many keeps what was last served when that would end', () => {
    for (const onStale of ['hold', 'error'] as const) {
      const policy = { ...HOLD, onStale };
      const falling = plan([9, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect(serve(falling, policy, 120, T0 + 9_999, order('atLeast', 3)).replicas).toBe(8);
      expect(serve(falling, policy, 120, T0 + 9_999, order('atLeast', 20)).replicas).toBe(20);
    }
  });

  it('of at least so many is the least of something: before the first forecast, of nothing', () => {
    expect(() => serve(null, HOLD, 120, T0, order('atLeast', 3))).toThrow(
      expect.objectContaining({ code: 'forecast_pending' }),
    );
  });
});
