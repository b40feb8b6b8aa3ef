// The Theta model as a state that takes in one value after the other: Fiorucci, Pellegrini,
// Louzada, Petropoulos & Koehler 2016, "Models for optimising the theta method and their
// relationship to state space models", Int. J. Forecasting 32(4), 1151–1161: the dynamic optimised
// model (DOTM, §3.2), and the optimised one (OTM, §3.1), whose line is fitted once.
//
//   μ_t = ℓ_{t−1} + (1 − 1/θ) [ (1 − α)^{t−1} A_{t−1} + (1 − (1 − α)^t) / α · B_{t−1} ]
//   ℓ_t = α y_t + (1 − α) ℓ_{t−1}
//
// A + B t is the least-squares line through y_1 … y_t. A missing y_t is taken for μ_t by the level
// and left out of the line. Values are seasonally adjusted by indexes that stay as they were
// estimated.

import { Line } from "./line";

/** A fitted Theta model; the record lies in memory its owner provides, THETA_BYTES long. */
@unmanaged
export class Theta {
  alpha: f64;
  /** 1 − 1/θ, in [0, 1]. */
  weight: f64;
  /** Standard deviation of the one-step errors, of the adjusted values. */
  sigma: f64;
  /** False: OTM, the line stays. */
  dynamic: bool;
  /** Steps; 1 = no season. */
  seasonLength: i32;
  multiplicative: bool;
  /** f64[seasonLength], provided by the owner; unused without a season. */
  indexes: usize;

  /** Values are (y − origin) / unit from here on, so that squares stay finite. */
  origin: f64;
  unit: f64;
  /** Place in the season of the next value. */
  phase: i32;
  level: f64;
  /** Time of the next value, 1 = the first one, and (1 − α)^{time − 1}. */
  time: f64;
  decay: f64;
  intercept: f64;
  slope: f64;

  /** Goes to the start, the level being `level` and the line that of OTM or none yet. */
  start(level: f64): void {
    this.level = level;
    this.phase = 0;
    this.time = 1;
    this.decay = 1;
    const line = this.runningLine();
    line.reset();
    if (!this.dynamic) return;
    this.intercept = 0;
    this.slope = 0;
  }

  /** The line lies behind the record: an unmanaged class holds no other by value. */
  runningLine(): Line {
    return changetype<Line>(changetype<usize>(this) + offsetof<Theta>());
  }

  private index(): f64 {
    return load<f64>(this.indexes + (<usize>this.phase << 3));
  }

  /** The adjusted, scaled value of an observation of the present step. */
  adjust(value: f64): f64 {
    if (this.seasonLength > 1) {
      value = this.multiplicative ? value / this.index() : value - this.index();
    }
    return (value - this.origin) / this.unit;
  }

  /** What the line adds to the level, per unit of weight. */
  drift(): f64 {
    const gone = (1 - this.decay * (1 - this.alpha)) / this.alpha;
    return this.decay * this.intercept + gone * this.slope;
  }

  /** The adjusted, scaled forecast of the present step. */
  expected(): f64 {
    return this.level + this.weight * this.drift();
  }

  /** Goes on one step with the adjusted value x, NaN = missing. */
  advance(x: f64): void {
    const seen = x == x;
    this.level += this.alpha * ((seen ? x : this.expected()) - this.level);
    if (seen && this.dynamic) {
      const line = this.runningLine();
      line.add(this.time, x);
      this.slope = line.slope;
      this.intercept = line.intercept;
    }
    this.time += 1;
    this.decay *= 1 - this.alpha;
    if (this.seasonLength > 1 && ++this.phase == this.seasonLength) this.phase = 0;
  }

  /** Takes in the value of the next step, in the metric's unit, NaN = missing. */
  observe(value: f64): void {
    this.advance(this.adjust(value));
  }

  /** In the metric's unit: what the adjusted x is, and how long a scaled deviation. */
  private unadjust(x: f64): f64 {
    const value = this.origin + x * this.unit;
    if (this.seasonLength <= 1) return value;
    return this.multiplicative ? value * this.index() : value + this.index();
  }

  /**
   * Forecasts steps 1..horizon after the last value taken in; the state stays as it is.
   *
   * The forecast takes itself for what will be observed (op. cit., §3.2). Its variance is σ² (1 +
   * Σ_{j<h} c_j²), c_j being what an error of one at the first step adds j steps later; that of a
   * later error differs by O(1/t), as the line has one more point.
   *
   * @param mean, sigma f64[horizon]
   * @returns false when a value is not finite
   */
  forecast(horizon: i32, mean: usize, sigma: usize): bool {
    const ahead = changetype<Theta>(aheadPtr);
    const impulse = changetype<Theta>(impulsePtr);
    memory.copy(aheadPtr, changetype<usize>(this), THETA_BYTES);
    memory.copy(impulsePtr, changetype<usize>(this), THETA_BYTES);
    impulse.level = 0;
    impulse.runningLine().clearValues();
    impulse.intercept = 0;
    impulse.slope = 0;
    let squares = 1.0;
    for (let h = 0; h < horizon; h++) {
      const x = ahead.expected();
      const value = ahead.unadjust(x);
      const scale = ahead.seasonLength > 1 && ahead.multiplicative ? ahead.index() : 1.0;
      const error = this.sigma * sqrt(squares) * this.unit * scale;
      if (!(abs(value) < Infinity) || !(error < Infinity)) return false;
      store<f64>(mean + (<usize>h << 3), value);
      store<f64>(sigma + (<usize>h << 3), error);
      ahead.advance(x);
      impulse.advance(h == 0 ? 1 : impulse.expected());
      const response = impulse.expected();
      squares += response * response;
    }
    return true;
  }
}

export const THETA_BYTES: usize = offsetof<Theta>() + offsetof<Line>();
const aheadPtr: usize = memory.data(256, 16);
const impulsePtr: usize = memory.data(256, 16);
