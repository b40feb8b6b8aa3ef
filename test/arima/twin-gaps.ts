/**
 * The twin for series with gaps (NaN): one dense Gaussian vector, rows of missing values deleted,
 * no Kalman filter and no diffuse recursion. Everything here is O(n³).
 */
import type { Matrix, Vector } from './matrix.ts';
import {
  at,
  cholesky,
  determinant,
  dot,
  entry,
  forwardSolve,
  rank,
  solve,
  sum,
  transpose,
  unit,
  zeros,
} from './matrix.ts';
import type { ArimaTwin, ForecastTwin } from './twin.ts';
import {
  arPolynomial,
  autocovariances,
  differencePolynomial,
  integrate,
  maPolynomial,
} from './twin.ts';

/**
 * y = X β + mean + (zero-mean Gaussian with this covariance at σ² = 1), for t = 0 … length − 1.
 * β = the first d + sD values of y, unknown; mean = what the constant alone adds up to.
 */
function integratedProcess(model: ArimaTwin, length: number) {
  const polynomial = differencePolynomial(model);
  const lost = polynomial.length - 1;
  const count = length - lost;
  const gamma = autocovariances(arPolynomial(model), maPolynomial(model), count);
  const nothing = zeros(lost);
  const accumulate = (rows: Matrix) => rows.map((row) => integrate(nothing, row, polynomial));
  const toeplitz = zeros(count).map((_, i) =>
    zeros(count).map((_, j) => at(gamma, Math.abs(i - j))),
  );
  const columns = nothing.map((_, i) => integrate(unit(lost, i), zeros(count), polynomial));
  return {
    design: zeros(length).map((_, t) => columns.map((column) => at(column, t))),
    mean: integrate(nothing, zeros(count).fill(model.constant), polynomial),
    covariance: accumulate(transpose(accumulate(toeplitz))),
  };
}

/** The earliest observed times whose rows of X determine β. */
function pivotTimes(design: Matrix, observed: Vector): number[] {
  const wanted = design[0]?.length ?? 0;
  const pivots: number[] = [];
  for (const t of observed) {
    if (pivots.length === wanted) break;
    const rows = [...pivots, t].map((time) => design[time] ?? []);
    if (rank(rows) === rows.length) pivots.push(t);
  }
  if (pivots.length < wanted) throw new RangeError('too few values for the differences');
  return pivots;
}

/**
 * Contrasts free of β, of the other observed values and of the future ones:
 * z = y_rest − X_rest X_J⁻¹ y_J, J = the pivots. Flat in β, the density of y is that of z over
 * |det X_J|: the diffuse likelihood (Francke, Koopman & de Vos 2010, J. Time Series Analysis 31).
 */
function contrasts(model: ArimaTwin, y: Vector, horizon: number) {
  const { design, mean, covariance } = integratedProcess(model, y.length + horizon);
  const observed = y.flatMap((value, t) => (Number.isNaN(value) ? [] : [t]));
  const pivots = pivotTimes(design, observed);
  const future = zeros(horizon).map((_, h) => y.length + h);
  const times = [...observed.filter((t) => !pivots.includes(t)), ...future];
  const base = pivots.map((t) => design[t] ?? []);
  const inverseColumns = base.map((_, j) => solve(base, unit(base.length, j)));
  const combinations = times.map((t) =>
    inverseColumns.map((column) => dot(column, design[t] ?? [])),
  );
  const contrast = (values: Vector) => {
    const pinned = pivots.map((t) => at(values, t));
    return times.map((t, i) => at(values, t) - dot(pinned, combinations[i] ?? []));
  };
  const centred = y.map((value, t) => value - at(mean, t));
  const count = times.length - horizon;
  const z = contrast([...centred, ...zeros(horizon)]);
  return {
    z: z.slice(0, count),
    covariance: transpose(covariance.map(contrast)).map(contrast),
    determinant: determinant(base),
    /** The future as the pivots and the constant alone see it. */
    outlook: future.map((t, h) => at(mean, t) - at(z, count + h)),
  };
}

/**
 * Exact Gaussian log-likelihood of the observed values; at d + D > 0 the diffuse likelihood
 * without the constant log(2π)/2 of the d + sD pivots, so that for gap-free y it is the
 * log-likelihood of the differences.
 */
export function logLikelihoodWithGaps(model: ArimaTwin, y: Vector): number {
  const { z, covariance, determinant: volume } = contrasts(model, y, 0);
  const factor = cholesky(covariance);
  const logDeterminant = sum(z, (_, i) => 2 * Math.log(entry(factor, i, i)));
  const squares = sum(forwardSolve(factor, z), (e) => e * e) / model.sigma2;
  const constants = z.length * Math.log(2 * Math.PI * model.sigma2);
  return -0.5 * (constants + logDeterminant + squares) - Math.log(Math.abs(volume));
}

/** Conditional mean and standard error of y's future given its observed values. */
export function forecastWithGaps(model: ArimaTwin, y: Vector, horizon: number): ForecastTwin {
  const { z, covariance, outlook } = contrasts(model, y, horizon);
  const count = z.length;
  const factor = cholesky(covariance.slice(0, count).map((row) => row.slice(0, count)));
  const whitened = forwardSolve(factor, z);
  const loadings = covariance.slice(count).map((row) => forwardSolve(factor, row));
  return {
    point: loadings.map((row, h) => at(outlook, h) + dot(row, whitened)),
    standardErrors: loadings.map((row, h) => {
      const variance = entry(covariance, count + h, count + h) - dot(row, row);
      return Math.sqrt(model.sigma2 * variance);
    }),
  };
}
