import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadWindow, replicasIn } from '../../src/capacity/window.ts';
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
