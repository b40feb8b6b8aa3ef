import { describe, expect, it } from 'vitest';
import { GOLDEN } from './golden/vectors.ts';
import { Guest } from './guest.ts';

const { horizon, seasonLength } = GOLDEN;
const SIGMA2 = 6;
const LOG_LIKELIHOOD = 7;
const AICC = 8;
/** Modes of the guest's theta. */
const EVALUATE = 1;
const STATIC = 2;
const TSB = 0;
const CROSTON = 1;
const SBA = 2;

const guest = new Guest();

const seasonOf = (name: string) => (name.endsWith('N') ? 1 : seasonLength);

function worst(got: readonly number[], want: readonly number[]): number {
  const errors = want.map(
    (wanted, i) => Math.abs((got[i] ?? NaN) - wanted) / Math.max(1, Math.abs(wanted)),
  );
  return Math.max(...errors);
}

/** statsmodels smooths a multiplicative season in another way (vectors.py). */
const COMMON = GOLDEN.ets.filter(({ name }) => !name.endsWith('M'));

describe('ETS and statsmodels', () => {
  it.each(COMMON)('agree at fixed parameters: $name', ({ name, y, at }) => {
    const { params, point } = guest.etsAt(y, name, at, horizon);
    expect(worst([params[LOG_LIKELIHOOD] ?? NaN], [at.logLikelihood])).toBeLessThan(1e-10);
    expect(worst(point, at.point)).toBeLessThan(1e-10);
  });

  it.each(GOLDEN.ets.filter(({ at }) => at.standardErrors))(
    'agree in the variance of additive errors: $name',
    ({ name, y, at }) => {
      const wanted = at.standardErrors ?? [];
      const sigma2 = (wanted[0] ?? NaN) ** 2;
      const { sigma } = guest.etsAt(y, name, { ...at, sigma2 }, horizon);
      expect(worst(sigma, wanted)).toBeLessThan(1e-10);
    },
  );

  it.each(COMMON)('find as good an optimum: $name', ({ name, y, fitted }) => {
    const { params } = guest.ets(y, name, seasonOf(name), horizon);
    expect(params[LOG_LIKELIHOOD]).toBeGreaterThan(fitted.logLikelihood - 0.01);
  });
});

describe('ETS and a simulation', () => {
  it.each(GOLDEN.ets)('agree in the standard errors: $name', ({ name, y, at }) => {
    const sigma2 = name.startsWith('M') ? 0.0025 : 25;
    const { sigma } = guest.etsAt(y, name, { ...at, sigma2 }, horizon);
    for (const [h, wanted] of at.simulated.entries()) {
      expect((sigma[h] ?? NaN) / wanted, `step ${h + 1}`).toBeCloseTo(1, 1.7);
    }
  });
});

describe('ETS and statsforecast', () => {
  it.each(GOLDEN.ets)('agree at its optimum: $name', ({ name, y, forecastLibrary: at }) => {
    const { params, point, sigma } = guest.etsAt(y, name, at, horizon);
    expect(worst([params[LOG_LIKELIHOOD] ?? NaN], [at.logLikelihood])).toBeLessThan(1e-10);
    if (at.point) expect(worst(point, at.point)).toBeLessThan(1e-10);
    if (at.standardErrors) expect(worst(sigma, at.standardErrors)).toBeLessThan(1e-8);
  });

  it.each(GOLDEN.ets)('find as good an optimum: $name', ({ name, y, forecastLibrary }) => {
    const { params, point } = guest.ets(y, name, seasonOf(name), horizon);
    expect(params[LOG_LIKELIHOOD]).toBeGreaterThan(forecastLibrary.logLikelihood - 0.01);
    const unit = name.startsWith('M') ? 100 : 1;
    const deviation = Math.sqrt(params[SIGMA2] ?? NaN) * unit;
    const apart = forecastLibrary.point?.map((value, i) => Math.abs(value - (point[i] ?? NaN)));
    expect(Math.max(...(apart ?? [0]))).toBeLessThan(2 * deviation);
  });

  it('choose a form of no larger AICc', () => {
    for (const { name, y } of GOLDEN.ets) {
      const chosen = guest.ets(y, '', seasonOf(name), horizon).params[AICC] ?? NaN;
      const own = guest.ets(y, name, seasonOf(name), horizon).params[AICC] ?? NaN;
      expect(chosen, name).toBeLessThanOrEqual(own);
    }
  });
});

describe('Theta and statsforecast', () => {
  it.each(GOLDEN.theta)('agree at fixed parameters: $name', ({ y, kind, at }) => {
    const params = guest.view('paramsPtr', 6);
    params[0] = at.alpha;
    params[1] = 1 - 1 / at.theta;
    params[5] = at.level;
    const got = guest.theta(y, 1, horizon, EVALUATE | (kind === 'OTM' ? STATIC : 0));
    expect(worst(got.point, at.point)).toBeLessThan(1e-9);
    const squares = (got.params[2] ?? NaN) ** 2 * (y.length - 3);
    expect(worst([squares], [at.squares])).toBeLessThan(1e-9);
  });

  it.each(GOLDEN.theta)('find as good an optimum: $name', ({ y, kind, seasonLength, fitted }) => {
    const got = guest.theta(y, seasonLength, horizon, kind === 'OTM' ? STATIC : 0);
    expect((got.params[3] ?? 0) > 1).toBe(fitted.seasonal);
    const squares = (got.params[2] ?? NaN) ** 2 * (y.length - 3);
    // The library minimises the mean of three horizons, so ours is never above it at one step.
    if (fitted.squares) expect(squares).toBeLessThan(fitted.squares * (1 + 1e-9));
    const scale = Math.sqrt(squares / y.length);
    const apart = fitted.point.map((value, i) => Math.abs(value - (got.point[i] ?? NaN)));
    expect(Math.max(...apart)).toBeLessThan(scale);
  });
});

describe('intermittent demand and statsforecast', () => {
  it.each(GOLDEN.intermittent)('agree: %#', (vector) => {
    const { y, firstSize, firstProbability, firstInterval } = vector;
    const from = y.findIndex((value) => value > 0);
    const tsb = guest.intermittent(y, TSB, [0.2, 0.1, firstSize, firstProbability]);
    expect(tsb.point[0]).toBeCloseTo(vector.tsb, 12);
    const croston = [0.1, 0.1, firstSize, firstInterval];
    expect(guest.intermittent(y.slice(from + 1), CROSTON, croston).point[0]).toBeCloseTo(
      vector.croston,
      12,
    );
    expect(guest.intermittent(y.slice(from + 1), SBA, croston).point[0]).toBeCloseTo(
      vector.sba,
      12,
    );
  });
});
