import { describe, expect, it } from 'vitest';
import type { GoldenCase, Judgement } from './golden/statsmodels.ts';
import { goldenVectors } from './golden/statsmodels.ts';
import {
  conditionalSumOfSquares,
  difference,
  differencePolynomial,
  forecast,
  integrate,
  logLikelihood,
} from './twin.ts';
import { forecastWithGaps, logLikelihoodWithGaps } from './twin-gaps.ts';
import { autocorrelations, kpssLevel } from './twin-statistics.ts';

const golden = goldenVectors();
const hasGaps = ({ y }: GoldenCase) => y.some(Number.isNaN);
const model = ({ order, seasonal }: GoldenCase, judged: Judgement) => ({
  ...judged,
  order,
  seasonal,
});
const goldenCase = (name: string) => {
  const found = golden.cases.find((golden) => golden.name === name);
  if (!found) throw new RangeError(`no case ${name}`);
  return found;
};

/** Each value within `tolerance` of the other's, relative to `scale` or to itself. */
function expectClose(
  got: readonly number[],
  want: readonly number[],
  tolerance: number,
  scale = 0,
) {
  const errors = want.map((wanted, i) => {
    const value = got[i] ?? Number.NaN;
    return Math.abs(value - wanted) / Math.max(Math.abs(wanted), scale);
  });
  const worst = errors.findIndex((error) => !(error < tolerance));
  expect(worst, `index ${worst}: ${got[worst]} for ${want[worst]}`).toBe(-1);
  expect(got.length).toBe(want.length);
}

describe.each(['at', 'fitted'] as const)('statsmodels, %s', (place) => {
  it.each(golden.cases)('$name', (vector) => {
    const judged = vector[place];
    const twin = model(vector, judged);
    const gaps = hasGaps(vector);
    const found = gaps ? logLikelihoodWithGaps(twin, vector.y) : logLikelihood(twin, vector.y);
    expectClose([found], [judged.logLikelihood], 1e-8, 1);
    const { point, standardErrors } = gaps
      ? forecastWithGaps(twin, vector.y, golden.horizon)
      : forecast(twin, vector.y, golden.horizon);
    expectClose(point, judged.point, 1e-6, judged.standardErrors[0]);
    expectClose(standardErrors, judged.standardErrors, 1e-6);
  });
});

describe('the twin', () => {
  it.each(golden.cases.filter((vector) => !hasGaps(vector) && vector.y.length < 125))(
    'has one likelihood with and without gaps: $name',
    (vector) => {
      const twin = model(vector, vector.at);
      const dense = logLikelihoodWithGaps(twin, vector.y);
      expectClose([dense], [logLikelihood(twin, vector.y)], 1e-9, 1);
    },
  );

  it('brings differences back', () => {
    const vector = goldenCase('SARIMA(0,1,1)(0,1,1)12');
    const polynomial = differencePolynomial(model(vector, vector.at));
    const start = vector.y.slice(0, polynomial.length - 1);
    const back = integrate(start, difference(vector.y, polynomial), polynomial);
    expectClose(back, vector.y, 1e-12);
  });

  it('sums the squares of an ARMA(1,1) from its second value on', () => {
    const twin = {
      ...{ order: [1, 0, 1], seasonal: null, ar: [0.5], ma: [0.25] },
      ...{ seasonalAr: [], seasonalMa: [], constant: 1, sigma2: 1 },
    };
    const { errors, sumOfSquares, sigma2 } = conditionalSumOfSquares(twin, [3, 4, 1]);
    expect(errors).toEqual([0, 2, -2]);
    expect([sumOfSquares, sigma2]).toEqual([8, 4]);
  });

  it('has a conditional likelihood near the exact one', () => {
    const vector = goldenCase('AR(2) with complex roots');
    const twin = model(vector, vector.fitted);
    const conditional = conditionalSumOfSquares(twin, vector.y);
    expectClose([conditional.sigma2], [twin.sigma2], 0.02);
    expectClose([conditional.logLikelihood], [vector.fitted.logLikelihood], 0.02);
  });

  it.each(golden.kpss)('agrees on KPSS: $name, $lags lags', ({ y, lags, statistic }) => {
    expectClose([kpssLevel(y, lags)], [statistic], 1e-10);
  });

  it('knows the autocorrelations of a short series', () => {
    // Deviations −1.5 −0.5 0.5 1.5: products at lag 1 sum to 1.25, at lag 2 to −1.5, of 5.
    expectClose(autocorrelations([1, 2, 3, 4], 2), [1, 0.25, -0.3], 1e-14);
  });
});
