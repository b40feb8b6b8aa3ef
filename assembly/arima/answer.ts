// What the host gets back: likelihood, criterion and parameters.
//
// params, f64[PARAMS_CAPACITY], both ways (in: only when evaluating at given parameters):
//   0 p, 1 d, 2 q, 3 P, 4 D, 5 Q, 6 s, 7 constant (0 or 1), 8 sigma2 (in: NaN = concentrated),
//   9 logLikelihood, 10 aicc, 11 exact (1) or conditional (0), 12 points in the likelihood,
//   13 constant: mean of w, 14–18 ar, 19–23 ma, 24–25 seasonalAr, 26–27 seasonalMa

import { ERR_NOT_FINITE, ERR_TOO_SHORT, OK, paramsPtr } from "../abi";
import { SLOTS, coefPtr, coefficientCount, d, p, put, q, s, sd, sp, sq } from "./orders";
import { centre, scale } from "./difference";

/** Variance of the scaled w below which the model is taken to be exact. */
const VARIANCE_MIN: f64 = 1e-26;

/** Innovation variance in the metric's unit squared. */
export let sigma2: f64 = 0;

/**
 * Writes params.
 *
 * @param n points in the likelihood
 * @param squares Σ v²/F in units of the scaled w
 * @param logF Σ log F
 * @param given innovation variance to evaluate at, NaN = squares / n
 * @param constant 1 when a constant counts as a parameter
 */
export function answer(
  n: i32, squares: f64, logF: f64, given: f64, constant: i32, exact: bool,
): i32 {
  if (n < 1) return ERR_TOO_SHORT;
  const points = <f64>n;
  const unit = scale * scale;
  const concentrated = given != given;
  sigma2 = concentrated ? (squares / points) * unit : given;
  const variance = concentrated ? max(squares / points, VARIANCE_MIN) : given / unit;
  const ratio = concentrated ? points : squares / variance;
  const logLikelihood =
    -0.5 * (points * (Math.log(2 * Math.PI) + Math.log(variance)) + ratio + logF)
    - points * Math.log(scale);
  const k = <f64>(coefficientCount() + constant + 1);
  const room = points - k - 1;
  const aicc = room > 0 ? -2 * logLikelihood + 2 * k + (2 * k * (k + 1)) / room : Infinity;
  if (!(abs(logLikelihood) < Infinity) || !(sigma2 < Infinity)) return ERR_NOT_FINITE;
  put(paramsPtr, 0, <f64>p);
  put(paramsPtr, 1, <f64>d);
  put(paramsPtr, 2, <f64>q);
  put(paramsPtr, 3, <f64>sp);
  put(paramsPtr, 4, <f64>sd);
  put(paramsPtr, 5, <f64>sq);
  put(paramsPtr, 6, <f64>s);
  put(paramsPtr, 7, <f64>constant);
  put(paramsPtr, 8, sigma2);
  put(paramsPtr, 9, logLikelihood);
  put(paramsPtr, 10, aicc);
  put(paramsPtr, 11, exact ? 1 : 0);
  put(paramsPtr, 12, points);
  put(paramsPtr, 13, centre);
  memory.copy(paramsPtr + 14 * 8, coefPtr, SLOTS * 8);
  return OK;
}
