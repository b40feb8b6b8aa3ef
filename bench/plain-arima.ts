/**
 * The yardstick: ARIMA(1,1,1) in plain JavaScript, the same conditional sum of squares, start and
 * Gauss–Newton steps as assembly/arima, in the straightforward way.
 */
export interface PlainFit {
  readonly ar: number;
  readonly ma: number;
  readonly point: Float64Array;
  readonly standardErrors: Float64Array;
}

interface Pass {
  readonly squares: number;
  /** ∂e/∂ar·e, ∂e/∂ma·e, and the products of the two derivatives. */
  readonly ae: number;
  readonly be: number;
  readonly aa: number;
  readonly ab: number;
  readonly bb: number;
  readonly lastResidual: number;
}

function pass(w: Float64Array, ar: number, ma: number): Pass {
  let [squares, ae, be, aa, ab, bb] = [0, 0, 0, 0, 0, 0];
  let [e, a, b] = [0, 0, 0];
  for (let t = 1; t < w.length; t++) {
    const before = w[t - 1] as number;
    a = -before - ma * a;
    b = -e - ma * b;
    e = (w[t] as number) - ar * before - ma * e;
    squares += e * e;
    ae += a * e;
    be += b * e;
    aa += a * a;
    ab += a * b;
    bb += b * b;
  }
  return { squares, ae, be, aa, ab, bb, lastResidual: e };
}

/** Fits, from the moments of an ARMA(1,1) on, until a step promises next to nothing. */
export function fitPlain(y: Float64Array, horizonSteps: number): PlainFit {
  const w = new Float64Array(y.length - 1);
  for (let t = 0; t < w.length; t++) w[t] = (y[t + 1] as number) - (y[t] as number);
  let [ar, ma] = [moment(w), 0];
  let at = pass(w, ar, ma);
  for (let k = 0; k < 20; k++) {
    const { ae, be, aa, ab, bb, squares } = at;
    const determinant = aa * bb - ab * ab;
    const stepAr = (ab * be - bb * ae) / determinant;
    const stepMa = (ab * ae - aa * be) / determinant;
    if (-(stepAr * ae + stepMa * be) * w.length * 0.5 < 1e-4 * squares) break;
    ar = Math.min(Math.max(ar + stepAr, -0.999), 0.999);
    ma = Math.min(Math.max(ma + stepMa, -0.999), 0.999);
    at = pass(w, ar, ma);
  }
  return { ar, ma, ...forecast(y, w, ar, ma, at, horizonSteps) };
}

/** φ of an ARMA(1,1) by its autocovariances at lags 2 and 1. */
function moment(w: Float64Array): number {
  let [one, two] = [0, 0];
  for (let t = 2; t < w.length; t++) {
    one += (w[t] as number) * (w[t - 1] as number);
    two += (w[t] as number) * (w[t - 2] as number);
  }
  return Math.min(Math.max(two / one, -0.9), 0.9);
}

function forecast(
  y: Float64Array,
  w: Float64Array,
  ar: number,
  ma: number,
  { lastResidual, squares }: Pass,
  horizonSteps: number,
) {
  const point = new Float64Array(horizonSteps);
  const standardErrors = new Float64Array(horizonSteps);
  const sigma = Math.sqrt(squares / (w.length - 1));
  let level = y[y.length - 1] as number;
  let step = ar * (w[w.length - 1] as number) + ma * lastResidual;
  let [psi, weight, sum] = [1, 1, 1];
  for (let h = 0; h < horizonSteps; h++) {
    level += step;
    point[h] = level;
    standardErrors[h] = sigma * Math.sqrt(sum);
    step *= ar;
    psi *= h === 0 ? ar + ma : ar;
    weight += psi;
    sum += weight * weight;
  }
  return { point, standardErrors };
}
