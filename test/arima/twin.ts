/**
 * The slow, plain twin of assembly/arima: Gaussian ARIMA straight from the autocovariances, no
 * Kalman filter. Gap-free series; twin-gaps.ts is for the others.
 * BD = Brockwell & Davis, Time Series: Theory and Methods, 2nd ed., Springer 1991.
 */
import type { Vector } from './matrix.ts';
import { at, dot, solve, sum, zeros } from './matrix.ts';

/** w_t − constant = Σ ar (w − constant) + e_t + Σ ma e, the seasonal factors multiplied in. */
export interface ArimaTwin {
  /** [p, d, q] */
  readonly order: Vector;
  /** [P, D, Q, s] */
  readonly seasonal: Vector | null;
  readonly ar: Vector;
  readonly ma: Vector;
  readonly seasonalAr: Vector;
  readonly seasonalMa: Vector;
  /** Mean of the differenced series w. */
  readonly constant: number;
  /** Variance of e_t. */
  readonly sigma2: number;
}

/** Both as long as the horizon, in y's unit. */
export interface ForecastTwin {
  readonly point: number[];
  readonly standardErrors: number[];
}

/** Product of two polynomials in B, constant term first. */
export function multiply(a: Vector, b: Vector): number[] {
  const product = zeros(a.length + b.length - 1);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      product[i + j] = at(product, i + j) + x * y;
    });
  });
  return product;
}

/** 1 + sign·c₁ B^lag + sign·c₂ B^2lag + …, constant term first. */
function spread(coefficients: Vector, sign: number, lag: number): number[] {
  const polynomial = zeros(coefficients.length * lag + 1);
  polynomial[0] = 1;
  coefficients.forEach((c, i) => {
    polynomial[(i + 1) * lag] = sign * c;
  });
  return polynomial;
}

/** φ(B)Φ(B^s) = 1 − φ₁B − …, BD 9.6.1. */
export function arPolynomial(model: ArimaTwin): number[] {
  const season = model.seasonal?.[3] ?? 1;
  return multiply(spread(model.ar, -1, 1), spread(model.seasonalAr, -1, season));
}

/** θ(B)Θ(B^s) = 1 + θ₁B + …, BD 9.6.1. */
export function maPolynomial(model: ArimaTwin): number[] {
  const season = model.seasonal?.[3] ?? 1;
  return multiply(spread(model.ma, 1, 1), spread(model.seasonalMa, 1, season));
}

/** (1 − B)^d (1 − B^s)^D. */
export function differencePolynomial(model: ArimaTwin): number[] {
  let polynomial = [1];
  for (let i = 0; i < at(model.order, 1); i++) polynomial = multiply(polynomial, [1, -1]);
  const [, times = 0, , season = 1] = model.seasonal ?? [];
  for (let i = 0; i < times; i++) polynomial = multiply(polynomial, spread([1], -1, season));
  return polynomial;
}

/** w_t = Σ δ_k y_{t−k}; shorter than y by the degree of δ. NaN makes NaN. */
export function difference(y: Vector, polynomial: Vector): number[] {
  const lost = polynomial.length - 1;
  return y
    .slice(lost)
    .map((_, t) => sum(polynomial, (delta, k) => delta && delta * at(y, t + lost - k)));
}

/** The inverse: y that begins with `start` (degree of δ values) and whose differences are w. */
export function integrate(start: Vector, w: Vector, polynomial: Vector): number[] {
  const y = [...start];
  for (const step of w) {
    const past = sum(polynomial, (delta, k) => (k > 0 ? delta * at(y, y.length - k) : 0));
    y.push(step - past);
  }
  return y;
}

/** ψ₀ … ψ_{count−1} of θ(B)/φ(B), BD 3.3.3. */
export function psiWeights(ar: Vector, ma: Vector, count: number): number[] {
  const psi: number[] = [];
  for (let j = 0; j < count; j++) {
    psi.push(at(ma, j) - sum(ar, (phi, k) => (k > 0 ? phi * at(psi, j - k) : 0)));
  }
  return psi;
}

/**
 * γ(0) … γ(count−1) of the stationary ARMA with σ² = 1 (BD 3.3.8 f.): the equations
 * Σ_j φ_j γ(k−j) = Σ_{j≥k} θ_j ψ_{j−k} solved for k = 0 … p, then continued by recursion.
 */
export function autocovariances(ar: Vector, ma: Vector, count: number): number[] {
  const degree = ar.length - 1;
  const psi = psiWeights(ar, ma, ma.length);
  const rightSide = (k: number) => sum(ma, (theta, j) => (j < k ? 0 : theta * at(psi, j - k)));
  const matrix = ar.map((_, k) => {
    const row = zeros(degree + 1);
    ar.forEach((phi, j) => {
      const lag = Math.abs(k - j);
      row[lag] = at(row, lag) + phi;
    });
    return row;
  });
  const gamma = solve(
    matrix,
    matrix.map((_, k) => rightSide(k)),
  );
  for (let k = degree + 1; k < count; k++) {
    gamma.push(rightSide(k) - sum(ar, (phi, j) => (j > 0 ? phi * at(gamma, k - j) : 0)));
  }
  return gamma.slice(0, count);
}

/** The differences of y less the constant. */
function centredDifferences(model: ArimaTwin, y: Vector): number[] {
  return difference(y, differencePolynomial(model)).map((value) => value - model.constant);
}

/**
 * The best linear predictors of a zero-mean process, one after the other: x̂_t = Σ_j φ_tj x_{t−j}
 * from all of x_0 … x_{t−1}, and the variance of its error, by the Durbin–Levinson recursion on γ
 * (BD 5.2.3–5.2.5). O(t) each.
 */
function* predictors(gamma: Vector) {
  let variance = at(gamma, 0);
  let phi: number[] = [];
  yield { phi, variance };
  for (let t = 1; t < gamma.length; t++) {
    const before = phi;
    const explained = sum(before, (c, j) => c * at(gamma, t - 1 - j));
    const partial = (at(gamma, t) - explained) / variance;
    phi = before.map((c, j) => c - partial * at(before, t - 2 - j));
    phi.push(partial);
    variance *= 1 - partial * partial;
    yield { phi, variance };
  }
}

/**
 * Exact Gaussian log-likelihood of the differences w of gap-free y, as the product of the densities
 * of its one-step errors (BD §8.6). O(n²).
 */
export function logLikelihood(model: ArimaTwin, y: Vector): number {
  const w = centredDifferences(model, y);
  const gamma = autocovariances(arPolynomial(model), maPolynomial(model), w.length);
  let total = 0;
  let t = 0;
  for (const { phi, variance } of predictors(gamma)) {
    const error = at(w, t) - sum(phi, (c, j) => c * at(w, t - 1 - j));
    const scaled = model.sigma2 * variance;
    total -= 0.5 * (Math.log(2 * Math.PI * scaled) + (error * error) / scaled);
    t++;
  }
  return total;
}

/**
 * Conditional sum of squares (Box, Jenkins & Reinsel 2008, Time Series Analysis, §7.1.2).
 * With r = p + P s (the degree of φ(B)Φ(B^s)), the first r differences are given: e_t = 0 for the
 * first r of them and before, and e_t = φ(B)(w_t − μ) − Σ θ_j e_{t−j} from the (r+1)-th on.
 * The log-likelihood is that of the m = n − r errors with σ² = S/m.
 */
export function conditionalSumOfSquares(model: ArimaTwin, y: Vector) {
  const w = centredDifferences(model, y);
  const [ar, ma] = [arPolynomial(model), maPolynomial(model)];
  const first = ar.length - 1;
  const errors = zeros(first);
  for (let t = first; t < w.length; t++) {
    const moved = sum(ma, (theta, j) => (j > 0 ? theta * at(errors, t - j) : 0));
    errors.push(sum(ar, (phi, j) => phi * at(w, t - j)) - moved);
  }
  const count = w.length - first;
  const sumOfSquares = sum(errors, (e) => e * e);
  const sigma2 = sumOfSquares / count;
  const perError = Math.log(2 * Math.PI * sigma2) + 1;
  return { errors, sumOfSquares, sigma2, logLikelihood: -0.5 * count * perError };
}

/**
 * Forecasts of gap-free y: the best linear predictor of w from all of its past, each step ahead
 * from the predictions before it (BD §5.1), brought back through the differences; its error is the
 * sum of what the innovations of the steps ahead add, which are uncorrelated (BD §5.2). O(n²).
 */
export function forecast(model: ArimaTwin, y: Vector, horizon: number): ForecastTwin {
  const polynomial = differencePolynomial(model);
  const w = centredDifferences(model, y);
  const end = w.length;
  const gamma = autocovariances(arPolynomial(model), maPolynomial(model), end + horizon);
  const coming = [...predictors(gamma)].slice(end);
  for (const { phi } of coming) w.push(sum(phi, (c, j) => c * at(w, w.length - 1 - j)));
  const ahead = w.slice(end).map((value) => value + model.constant);
  const tail = y.slice(y.length - polynomial.length + 1);
  const variances = zeros(horizon);
  coming.forEach(({ variance }, j) => {
    const reply: number[] = [];
    coming.forEach(({ phi }, i) => {
      reply.push((i === j ? 1 : 0) + dot(phi, reply.toReversed(), i));
    });
    integrate(zeros(tail.length), reply, polynomial)
      .slice(tail.length)
      .forEach((value, h) => {
        variances[h] = at(variances, h) + variance * value * value;
      });
  });
  return {
    point: integrate(tail, ahead, polynomial).slice(tail.length),
    standardErrors: variances.map((variance) => Math.sqrt(model.sigma2 * variance)),
  };
}
