import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/wasm/abi.ts';
import { simulate } from './fitting.ts';
import { conditionalSumOfSquares, forecast, logLikelihood } from './twin.ts';

const module = new WebAssembly.Module(
  readFileSync(new URL('../../dist/kedastral.wasm', import.meta.url)),
);
const guest = new WebAssembly.Instance(module).exports as unknown as KernelExports;

const UNITS = 2_000_000_000;
const CONDITIONAL = 2;
/** Without the code that knows ARMA(1,1) alone. */
const GENERIC = 4;
const HORIZON = 20;

/** ARMA(1,1) without constant: coefficients, likelihood and forecasts of the kernel. */
function arma11(values: readonly number[], mode: number) {
  const view = (pointer: WebAssembly.Global, length: number) =>
    new Float64Array(guest.memory.buffer, pointer.value, length);
  view(guest.historyPtr, values.length).set(values);
  expect(guest.arimaBegin(values.length, 1, 0, 1, 0, 0, 0, 0, 0, mode)).toBe(0);
  expect(guest.arimaAdvance(UNITS)).toBe(0);
  const params = view(guest.paramsPtr, 28).slice();
  expect(guest.arimaForecast(HORIZON, UNITS)).toBe(0);
  const [ar = NaN, ma = NaN, sigma2 = NaN] = [params[14], params[19], params[8]];
  return {
    ...{ ar, ma, sigma2, logLikelihood: params[9] ?? NaN },
    point: [...view(guest.meanPtr, HORIZON)],
    standardErrors: [...view(guest.sigmaPtr, HORIZON)],
  };
}

type Fit = ReturnType<typeof arma11>;

function model({ ar, ma, sigma2 }: Fit) {
  return {
    ...{ order: [1, 0, 1], seasonal: null, ar: [ar], ma: [ma] },
    ...{ seasonalAr: [], seasonalMa: [], constant: 0, sigma2 },
  };
}

function worst(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
}

const SERIES = [
  [0.5, -0.3, 400],
  [0.9, -0.8, 301],
  [-0.6, 0.9, 200],
  [0.97, 0.5, 333],
  [0.2, -0.99, 250],
  [0.5, -0.5, 150],
  [0.3, 0.3, 40],
  [-0.4, 0.1, 41],
] as const;

describe.each(SERIES)('ARMA(1,1), φ = %f, θ = %f, %i points', (phi, theta, n) => {
  const values = simulate(n, [phi], [theta], n);

  it('has the conditional fit of the generic code, and the sum of squares of the twin', () => {
    const special = arma11(values, CONDITIONAL);
    const generic = arma11(values, CONDITIONAL | GENERIC);
    expect(special.ar).toBeCloseTo(generic.ar, 9);
    expect(special.ma).toBeCloseTo(generic.ma, 9);
    expect(worst(special.point, generic.point)).toBeLessThan(1e-8);
    expect(worst(special.standardErrors, generic.standardErrors)).toBeLessThan(1e-8);
    const twin = conditionalSumOfSquares(model(special), values);
    expect(special.sigma2).toBeCloseTo(twin.sigma2, 9);
    expect(special.logLikelihood).toBeCloseTo(twin.logLikelihood, 7);
  });

  it('lies at the least sum of squares', () => {
    const fitted = arma11(values, CONDITIONAL);
    const least = fitted.sigma2 * (n - 1);
    for (const [ar, ma] of [
      [0.02, 0],
      [-0.02, 0],
      [0, 0.02],
      [0, -0.02],
    ] as const) {
      const beside = { ...fitted, ar: fitted.ar + ar, ma: fitted.ma + ma };
      if (Math.abs(beside.ma) >= 1) continue;
      const { sumOfSquares } = conditionalSumOfSquares(model(beside), values);
      // In log-likelihood: 0.001 is what the search leaves.
      expect((n / 2) * Math.log(sumOfSquares / least)).toBeGreaterThan(-0.002);
    }
  });

  it('has the exact fit of the generic code, and the likelihood of the twin', () => {
    const special = arma11(values, 0);
    const generic = arma11(values, GENERIC);
    expect(Math.abs(special.logLikelihood - generic.logLikelihood)).toBeLessThan(1e-5);
    expect(special.logLikelihood).toBeCloseTo(logLikelihood(model(special), values), 6);
    const twin = forecast(model(special), values, HORIZON);
    expect(worst(special.point, twin.point)).toBeLessThan(1e-6);
    expect(worst(special.standardErrors, twin.standardErrors)).toBeLessThan(1e-6);
  });
});
