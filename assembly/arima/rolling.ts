// An ARIMA without seasonal part as a state: it takes in one value after the other without being
// fitted anew, in p + q + d steps each, and forecasts from wherever it stands (Box & Jenkins 1976,
// §5.1–5.2: difference equation form, variance by ψ-weights).

import { sigma2 } from "./answer";
import { centre } from "./difference";
import { AR, MA, MAX_ORDER, at, coefPtr, d, p, put, q } from "./orders";

const DIFFERENCES_MAX: i32 = 2;
/** w and e behind the recursion's first steps, newest first. */
const pathPtr: usize = memory.data(MAX_ORDER * 8, 16);
const errorPtr: usize = memory.data(MAX_ORDER * 8, 16);

/** ψ_j from the ψ before it: 1 at j = 0. */
const psiPtr: usize = memory.data(MAX_ORDER * 8, 16);

/** Moves n values one place on and puts `value` first. */
// @ts-ignore: decorator
@inline
function push(values: usize, n: i32, value: f64): void {
  for (let i = n - 1; i > 0; i--) put(values, i, at(values, i - 1));
  put(values, 0, value);
}

/** A fitted model; the record lies in memory its owner provides, ROLLING_BYTES long. */
@unmanaged
export class RollingArima {
  p: i32;
  d: i32;
  q: i32;
  /** Values taken in. */
  seen: i32;
  /** Steps since the last observation. */
  missed: i32;
  /** Mean of w, and variance of the innovations. */
  mean: f64;
  sigma2: f64;
  /** Newest value of each difference: y, (1 − B)y. */
  level: f64;
  slope: f64;
  /** f64[MAX_ORDER] each, in the owner's memory behind the record. */
  ar: usize;
  ma: usize;
  /** Last w − mean, and last innovations, newest first. */
  values: usize;
  errors: usize;

  /** Takes over what arimaAdvance has fitted, with nothing seen yet. */
  takeFit(): void {
    const behind = changetype<usize>(this) + RECORD_BYTES;
    this.ar = behind;
    this.ma = behind + MAX_ORDER * 8;
    this.values = behind + 2 * MAX_ORDER * 8;
    this.errors = behind + 3 * MAX_ORDER * 8;
    memory.fill(behind, 0, 4 * MAX_ORDER * 8);
    memory.copy(this.ar, coefPtr + AR * 8, <usize>p << 3);
    memory.copy(this.ma, coefPtr + MA * 8, <usize>q << 3);
    this.p = p;
    this.d = d;
    this.q = q;
    this.mean = centre;
    this.sigma2 = sigma2;
    this.level = this.slope = 0;
    this.seen = this.missed = 0;
  }

  private expected(values: usize, errors: usize): f64 {
    let sum = 0.0;
    for (let i = 0; i < this.p; i++) sum += at(this.ar, i) * at(values, i);
    for (let i = 0; i < this.q; i++) sum += at(this.ma, i) * at(errors, i);
    return sum;
  }

  /** Takes in the next value; NaN = missing, which leaves what was expected. */
  observe(value: f64): void {
    const expected = this.expected(this.values, this.errors);
    const missing = value != value;
    this.missed = missing ? this.missed + 1 : 0;
    let y = value;
    if (missing) {
      const w = expected + this.mean;
      y = this.d == 0 ? w : this.d == 1 ? this.level + w : this.level + this.slope + w;
    }
    const first = y - this.level;
    const w = (this.d == 0 ? y : this.d == 1 ? first : first - this.slope) - this.mean;
    this.level = y;
    this.slope = first;
    this.seen++;
    if (this.seen <= this.d) return;
    push(this.values, MAX_ORDER, w);
    // Conditional on the first p, whose innovations are taken for 0.
    push(this.errors, MAX_ORDER, this.seen <= this.d + this.p ? 0.0 : w - expected);
  }

  /** Points of the coming steps, f64[horizon]. */
  forecast(horizon: i32, points: usize): void {
    memory.copy(pathPtr, this.values, MAX_ORDER * 8);
    memory.copy(errorPtr, this.errors, MAX_ORDER * 8);
    let level = this.level;
    let slope = this.slope;
    for (let h = 0; h < horizon; h++) {
      const w = this.expected(pathPtr, errorPtr);
      push(pathPtr, MAX_ORDER, w);
      push(errorPtr, MAX_ORDER, 0);
      slope = this.d == 2 ? slope + w + this.mean : w + this.mean;
      level = this.d == 0 ? slope : level + slope;
      put(points, h, level);
    }
  }

  /** Standard errors of the coming steps, f64[horizon]. */
  spread(horizon: i32, sigma: usize): void {
    memory.fill(psiPtr, 0, MAX_ORDER * 8);
    let level = 0.0;
    let slope = 0.0;
    let sum = 0.0;
    for (let k = 0; k < this.missed + horizon; k++) {
      let psi = k == 0 ? 1.0 : k <= this.q ? at(this.ma, k - 1) : 0.0;
      for (let i = 0; i < this.p; i++) psi += at(this.ar, i) * at(psiPtr, i);
      push(psiPtr, MAX_ORDER, psi);
      slope = this.d == 2 ? slope + psi : psi;
      level = this.d == 0 ? psi : level + slope;
      sum += level * level;
      if (k >= this.missed) put(sigma, k - this.missed, sqrt(this.sigma2 * sum));
    }
  }
}

const RECORD_BYTES: usize = (offsetof<RollingArima>() + 7) & ~7;
export const ROLLING_BYTES: i32 = <i32>RECORD_BYTES + 4 * MAX_ORDER * 8;
