import { beforeAll, describe, expect, it } from 'vitest';
import { thetaModel } from '../../src/models/theta.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { normals } from '../arima/fitting.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, dailyLoad, seriesOf } from '../models/series.ts';
import { Guest } from './guest.ts';
import { thetaTwin } from './twin.ts';

const { NaN: MISSING } = Number;
const HORIZON = 15;
/** Of params, and modes of the guest's theta. */
const [ALPHA, WEIGHT, SIGMA, SEASON, FACTORS, LEVEL] = [0, 1, 2, 3, 4, 5];
const EVALUATE = 1;
const STATIC = 2;
const DAY = 24;

const guest = new Guest();
const draw = normals(8);
const drifting = Array.from({ length: 160 }, (_, t) => 30 + 0.2 * t + 3 * draw());
const holes = drifting.map((v, i) => (i % 9 === 5 || (i > 70 && i < 90) ? MISSING : v));
let level = 500;
const walk = Array.from({ length: 160 }, () => {
  level += 6 * draw();
  return level;
});

function at(y: readonly number[], alpha: number, weight: number, start: number, mode: number) {
  const params = guest.view('paramsPtr', 6);
  params[ALPHA] = alpha;
  params[WEIGHT] = weight;
  params[LEVEL] = start;
  return guest.theta(y, 1, HORIZON, mode | EVALUATE);
}

function worst(got: readonly number[], want: readonly number[]): number {
  return Math.max(...want.map((v, i) => Math.abs((got[i] ?? NaN) - v) / Math.max(1, Math.abs(v))));
}

describe.each([
  ['DOTM', 0],
  ['OTM', STATIC],
] as const)('%s', (_, mode) => {
  const isDynamic = mode === 0;

  it.each([
    [0.2, 0.5, 20],
    [0.9, 0, 31],
    [0.1, 1, -5],
  ])('is its twin at α = %f, 1 − 1/θ = %f, also with gaps', (alpha, weight, start) => {
    for (const y of [drifting, holes, walk]) {
      const got = at(y, alpha, weight, start, mode);
      const twin = thetaTwin(y, { alpha, weight, level: start }, isDynamic, HORIZON);
      // Forecasts extend the line by themselves, and the guest clips what cannot be negative.
      expect(worst(got.point, twin.point)).toBeLessThan(1e-9);
      const counted = y.filter((value, i) => i >= 3 && !Number.isNaN(value)).length;
      expect(((got.params[SIGMA] ?? NaN) ** 2 * counted) / twin.squares).toBeCloseTo(1, 9);
    }
  });

  it('lies at the least sum of squares', () => {
    for (const y of [drifting.slice(0, 60), holes.slice(40, 110), walk.slice(0, 60)]) {
      const got = guest.theta(y, 1, HORIZON, mode);
      const counted = y.filter((value, i) => i >= 3 && !Number.isNaN(value)).length;
      const least = (got.params[SIGMA] ?? NaN) ** 2 * counted;
      let best = Number.POSITIVE_INFINITY;
      for (let alpha = 0.01; alpha <= 0.99; alpha += 0.089) {
        for (let weight = 0; weight <= 1; weight += 0.2) {
          for (let start = -0.5; start <= 1.5; start += 0.2) {
            const model = { alpha, weight, level: start * (y[0] as number) };
            best = Math.min(best, thetaTwin(y, model, isDynamic, 0).squares);
          }
        }
      }
      expect(least).toBeLessThanOrEqual(best * (1 + 1e-9));
      expect(least).toBeGreaterThan(0.8 * best);
    }
  });

  it('has the standard errors that its own errors lead to', () => {
    const model = { alpha: 0.4, weight: 0.5, level: 20 };
    const { sigma, params } = at(drifting, model.alpha, model.weight, model.level, mode);
    if (!isDynamic) {
      // Its level alone answers: var = σ² (1 + (h − 1) α²), as Fiorucci et al. give it.
      for (const [h, error] of sigma.entries()) {
        const exact = (params[SIGMA] ?? NaN) * Math.sqrt(1 + h * model.alpha ** 2);
        expect(error / exact).toBeCloseTo(1, 9);
      }
      return;
    }
    const squares = new Array<number>(HORIZON).fill(0);
    const { point } = thetaTwin(drifting, model, true, HORIZON);
    for (let i = 0; i < HORIZON; i++) {
      const y = [...drifting, ...point.slice(0, i), (point[i] as number) + 1];
      const after = [1, ...thetaTwin(y, model, true, HORIZON - i - 1).point];
      for (let h = i; h < HORIZON; h++) {
        const response = h === i ? 1 : (after[h - i] as number) - (point[h] as number);
        squares[h] = (squares[h] as number) + response ** 2;
      }
    }
    for (const [h, error] of sigma.entries()) {
      const exact = (params[SIGMA] ?? NaN) * Math.sqrt(squares[h] as number);
      expect(error / exact, `step ${h + 1}`).toBeCloseTo(1, 2);
    }
  });
});

describe('the season', () => {
  const shape = (t: number) => 1 + 0.5 * Math.sin((2 * Math.PI * t) / DAY);
  const factors = Array.from({ length: 480 }, (_, t) => (100 + draw()) * shape(t));
  const terms = factors.map((value) => value - 90);

  it('is taken by factors from positive values, else by terms', () => {
    const positive = guest.theta(factors, DAY, DAY);
    expect(positive.params.slice(SEASON, FACTORS + 1)).toEqual([DAY, 1]);
    const mixed = guest.theta(terms, DAY, DAY);
    expect(mixed.params.slice(SEASON, FACTORS + 1)).toEqual([DAY, 0]);
    for (const [h, value] of positive.point.entries()) {
      expect(Math.abs(value - 100 * shape(480 + h))).toBeLessThan(4);
      expect(Math.abs(value - 90 - (mixed.point[h] ?? NaN))).toBeLessThan(4);
    }
  });

  it('is not seen in noise, nor where there are less than two', () => {
    const noise = Array.from({ length: 480 }, () => 100 + 3 * draw());
    expect(guest.theta(noise, DAY, DAY).params[SEASON]).toBe(1);
    expect(guest.theta(factors.slice(0, 2 * DAY - 1), DAY, DAY).params[SEASON]).toBe(1);
  });

  it('is seen through gaps', () => {
    const gaps = factors.map((value, i) => (i % 5 === 2 ? MISSING : value));
    const { params, point } = guest.theta(gaps, DAY, DAY);
    expect(params[SEASON]).toBe(DAY);
    for (const [h, value] of point.entries()) {
      expect(Math.abs(value - 100 * shape(480 + h))).toBeLessThan(5);
    }
  });
});

describe('the model', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });

  it('says what it found', async () => {
    const series = seriesOf(dailyLoad(480, 3_600), 3_600);
    const { description } = await thetaModel(kernel).fit(series, contextOf(24));
    expect(description.season).toEqual({ lengthSteps: 24, kind: 'multiplicative' });
    expect(description.theta).toBeGreaterThanOrEqual(1);
    expect(description.alpha).toBeGreaterThanOrEqual(0.01);
  });

  it('sees the last 2,016 values or three seasons, and nothing behind the end', () => {
    const window = Array.from({ length: 2_016 }, () => 90 + 5 * draw());
    const alone = guest.theta(window, DAY, HORIZON);
    expect(guest.theta([1e6, MISSING, ...window], DAY, HORIZON)).toEqual(alone);
    guest.view('historyPtr', 5_000).fill(1e9);
    expect(guest.theta(window, DAY, HORIZON)).toEqual(alone);
    const longer = Array.from({ length: 2_160 }, (_, t) => 50 + (t % 720));
    expect(guest.theta([5, 8, ...longer], 720, HORIZON)).toEqual(guest.theta(longer, 720, HORIZON));
  });
});
