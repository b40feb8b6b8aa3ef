import { describe, expect, it } from 'vitest';
import { etsModel } from '../../src/models/ets.ts';
import { normals } from '../arima/fitting.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, dailyLoad, seriesOf } from '../models/series.ts';
import { GOLDEN } from './golden/vectors.ts';
import { type EtsParams, Guest } from './guest.ts';
import { etsTwin } from './twin.ts';

const { NaN: MISSING } = Number;
const HORIZON = 15;
const SEASONS_AT = 16;
const [FORM, ALPHA, SIGMA2, LOG_LIKELIHOOD, AICC, POINTS] = [0, 2, 6, 7, 8, 9];
const WINDOW = 2_016;

const guest = new Guest();
const season = (name: string) => (name.endsWith('N') ? 1 : GOLDEN.seasonLength);
const holes = (y: readonly number[]) =>
  y.map((value, i) => (i % 11 === 4 || (i > 60 && i < 75) ? MISSING : value));

function worst(got: readonly number[], want: readonly number[]): number {
  return Math.max(...want.map((v, i) => Math.abs((got[i] ?? NaN) - v) / Math.max(1, Math.abs(v))));
}

describe.each(GOLDEN.ets)('ETS($name)', ({ name, y, at }) => {
  it('is its twin, also with gaps', () => {
    for (const values of [y, holes(y)]) {
      const got = guest.etsAt(values, name, at, HORIZON);
      const twin = etsTwin(values, name, at, HORIZON);
      expect(got.params[LOG_LIKELIHOOD]).toBeCloseTo(twin.logLikelihood, 8);
      expect(worst(got.point, twin.point)).toBeLessThan(1e-11);
      expect((got.params[SIGMA2] ?? NaN) / twin.sigma2).toBeCloseTo(1, 10);
    }
  });

  it('lies at a maximum of the likelihood', () => {
    for (const values of [y, holes(y)]) {
      const { params } = guest.ets(values, name, season(name), HORIZON);
      const best = params[LOG_LIKELIHOOD] ?? NaN;
      // The answer does not tell the initial states: the twin looks for them, from `at` on.
      const constants = params.slice(ALPHA, ALPHA + 4);
      const start = climbed(values, name, constants, at);
      expect(best).toBeGreaterThan(start - 2e-3);
    }
  });
});

/** The twin's best likelihood at given smoothing constants, over the initial states by turns. */
function climbed(
  y: readonly number[],
  name: string,
  [alpha = 0, beta = 0, gamma = 0, phi = 0]: readonly number[],
  from: EtsParams,
): number {
  const states = [from.level, from.slope, ...from.seasonal];
  const value = () => {
    const [level = 0, slope = 0, ...seasonal] = states;
    const at = { alpha, beta, gamma, phi, level, slope: name[2] === 'N' ? 0 : slope, seasonal };
    return etsTwin(y, name, at, 0).logLikelihood;
  };
  const steps = states.map((state, i) => (i === 1 ? 0.1 : 0.01 * Math.max(1, Math.abs(state))));
  let best = value();
  for (let turn = 0; turn < 60; turn++) {
    for (const i of states.keys()) {
      for (const sign of [1, -1]) {
        const before = states[i] as number;
        states[i] = before + sign * (steps[i] as number);
        const here = value();
        if (here > best) {
          best = here;
          steps[i] = (steps[i] as number) * 1.5;
          break;
        }
        states[i] = before;
        if (sign === -1) steps[i] = (steps[i] as number) * 0.5;
      }
    }
  }
  return best;
}

describe('the choice of a form', () => {
  const draw = normals(21);
  const flat = Array.from({ length: 300 }, () => 50 + 4 * draw());
  const rising = Array.from({ length: 300 }, (_, t) => 100 + 2 * t + 3 * draw());

  it('leaves trend and season out of noise', () => {
    expect((guest.ets(flat, '', 12, HORIZON).params[FORM] ?? NaN) % 9).toBe(0);
  });

  it('sees a trend and a season', () => {
    expect(((guest.ets(rising, '', 1, HORIZON).params[FORM] ?? 0) / 3) % 3).toBeGreaterThan(0);
    const waves = rising.map((value, t) => value + 40 * Math.sin(t));
    const cyclic = waves.map((_, t) => 100 + 30 * ((t % 12) / 12) + (flat[t] ?? 0));
    expect((guest.ets(cyclic, '', 12, HORIZON).params[FORM] ?? 0) % 3).toBeGreaterThan(0);
  });

  it('takes relative errors for positive values alone', () => {
    const growing = flat.map((value, t) => value * 1.02 ** t);
    expect(guest.ets(growing, '', 1, HORIZON).params[FORM]).toBeGreaterThanOrEqual(9);
    growing[7] = 0;
    expect(guest.ets(growing, '', 1, HORIZON).params[FORM]).toBeLessThan(9);
  });

  it('has the AICc of its likelihood and of the parameters that it counts', () => {
    const { params } = guest.ets(flat, 'A,Ad,A', 6, HORIZON);
    const k = 4 + 2 + 5 + 1;
    const n = flat.length;
    const aicc = -2 * (params[LOG_LIKELIHOOD] ?? NaN) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
    expect(params[AICC]).toBeCloseTo(aicc, 8);
    expect(params[POINTS]).toBe(n);
  });

  it('knows no season over a day of five-minute steps, nor one seen less than twice', () => {
    const long = Array.from({ length: 2_000 }, (_, t) => 100 + 50 * ((t % 289) / 289));
    expect((guest.ets(long, '', 289, HORIZON).params[FORM] ?? 0) % 3).toBe(0);
    expect((guest.ets(long.slice(0, 500), '', 280, HORIZON).params[FORM] ?? 0) % 3).toBe(0);
  });
});

describe('a fit', () => {
  const y = dailyLoad(600, 3_600, 50);

  it('in slices gives the bits of a fit at once', () => {
    const { exports } = guest;
    const answers = [2_000_000_000, 50_000].map((units) => {
      expect(exports.etsBegin(guest.write(y), 24, -1)).toBe(0);
      let slices = 1;
      while (exports.etsAdvance(units) === 1) slices++;
      const { params } = guest.answer(0);
      expect(exports.etsForecast(HORIZON)).toBe(0);
      return { slices, answer: { ...guest.answer(HORIZON), params } };
    });
    expect(answers[0]?.slices).toBe(1);
    expect(answers[1]?.slices).toBeGreaterThan(10);
    expect(answers[1]?.answer).toEqual(answers[0]?.answer);
  });

  it('sees the last 2,016 values and nothing behind the end', () => {
    const draw = normals(4);
    const window = Array.from({ length: WINDOW }, () => 90 + 5 * draw());
    const alone = guest.ets(window, '', 24, HORIZON);
    expect(guest.ets([1e6, 3, MISSING, ...window], '', 24, HORIZON)).toEqual(alone);
    guest.view('historyPtr', 5_000).fill(1e9);
    expect(guest.ets(window, '', 24, HORIZON)).toEqual(alone);
  });

  it('is stopped by its signal', async () => {
    const kernel = await loadKernel();
    const stop = new AbortController();
    const fit = etsModel(kernel).fit(seriesOf(dailyLoad(2_016, 300), 300), {
      horizonSteps: 12,
      signal: stop.signal,
    });
    stop.abort(new Error('drained'));
    await expect(fit).rejects.toThrow('drained');
  });

  it('is told in the words of the field', async () => {
    const kernel = await loadKernel();
    const series = seriesOf(dailyLoad(480, 3_600), 3_600);
    const { description } = await etsModel(kernel).fit(series, contextOf(24));
    expect(description).toMatchObject({ name: 'ets', seasonLength: 24, fittedPoints: 480 });
    expect(description.form).toMatch(/^[AM],(N|A|Ad),[AM]$/);
  });

  it('out of order is refused', () => {
    const { exports } = new Guest();
    expect(exports.etsAdvance(1)).toBe(-5);
    expect(exports.etsForecast(1)).toBe(-5);
    expect(exports.etsBegin(0, 1, -1)).toBe(-1);
    expect(exports.etsBegin(10, 0, -1)).toBe(-2);
    expect(exports.etsEvaluate(10, 18, 1)).toBe(-2);
    expect(exports.etsEvaluate(10, 0, Number(exports.PARAMS_CAPACITY.value) - SEASONS_AT + 1)).toBe(
      -2,
    );
  });
});
