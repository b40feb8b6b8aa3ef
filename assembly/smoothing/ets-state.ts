// Exponential smoothing as a state that takes in one value after the other: Hyndman, Koehler, Ord &
// Snyder 2008, Forecasting with Exponential Smoothing, ch. 2 (tables 2.2 and 2.3: errors additive
// or multiplicative, trend none, additive or damped, season none, additive or multiplicative; β and
// γ are those of the state space form), and its variances, ch. 6.
//
// A missing value is one whose error is 0: the state goes on without it. The error of an additive
// season's model moves its states the same way whether it is additive or relative, so that only the
// likelihood and the variance tell those two apart.

import { HORIZON_CAPACITY } from "../abi";

export const NONE: i32 = 0;
export const ADDITIVE: i32 = 1;
/** Of a season. */
export const MULTIPLICATIVE: i32 = 2;
/** Of a trend. */
export const DAMPED: i32 = 2;

/** Relative errors beyond this tell of a level of 0: the value is taken for missing. */
const RELATIVE_MAX: f64 = 1e8;

/** c_j² and θ_j of the variances, f64[HORIZON_CAPACITY] each. */
const responsesPtr: usize = memory.data(HORIZON_CAPACITY * 8, 16);
const momentsPtr: usize = memory.data(HORIZON_CAPACITY * 8, 16);

/** A fitted model; the record lies in memory its owner provides, ETS_BYTES long. */
@unmanaged
export class Ets {
  relativeError: bool;
  trend: i32;
  season: i32;
  /** Steps; 1 without a season. */
  seasonLength: i32;
  alpha: f64;
  beta: f64;
  gamma: f64;
  /** 1 where the trend is not damped. */
  phi: f64;
  /** Variance of the one-step errors: relative ones, or of values in units of `unit`. */
  sigma2: f64;
  logLikelihood: f64;
  aicc: f64;
  /** Observations in the likelihood. */
  points: i32;

  /** Level, slope and additive seasons are in units of this. */
  unit: f64;
  level: f64;
  slope: f64;
  /** Place in the season of the next value. */
  phase: i32;
  /** f64[seasonLength], provided by the owner; unused without a season. */
  seasons: usize;

  // @ts-ignore: decorator
  @inline
  private seasonAt(phase: i32): usize {
    return this.seasons + (<usize>phase << 3);
  }

  /** Takes in the value of the next step, in the metric's unit, NaN = missing. */
  observe(value: f64): void {
    const x = value / this.unit;
    const base = this.level + this.phi * this.slope;
    const at = this.seasonAt(this.phase);
    if (this.season == MULTIPLICATIVE) {
      const season = load<f64>(at);
      let error = x / (base * season) - 1;
      if (!(abs(error) < RELATIVE_MAX)) error = 0;
      this.level = base * (1 + this.alpha * error);
      this.slope = this.phi * this.slope + this.beta * base * error;
      store<f64>(at, season * (1 + this.gamma * error));
    } else {
      const season = this.season == ADDITIVE ? load<f64>(at) : 0.0;
      const error = x == x ? x - base - season : 0.0;
      this.level = base + this.alpha * error;
      this.slope = this.phi * this.slope + this.beta * error;
      if (this.season == ADDITIVE) store<f64>(at, season + this.gamma * error);
    }
    if (++this.phase >= this.seasonLength) this.phase = 0;
  }

  /**
   * Forecasts steps 1..horizon after the last value taken in; the state stays as it is. The point
   * is the forecast without errors: the mean of classes 1 and 2, and next to the median of all.
   *
   * @param mean, sigma f64[horizon]
   * @returns false when a value is not finite
   */
  forecast(horizon: i32, mean: usize, sigma: usize): bool {
    let base = this.level;
    let slope = this.slope;
    let phase = this.phase;
    for (let h = 0; h < horizon; h++) {
      slope *= this.phi;
      base += slope;
      const season = this.season == NONE ? 0.0 : load<f64>(this.seasonAt(phase));
      // The variance of a multiplicative season is that of the base, raised (op. cit., §6.4).
      const point = this.season == MULTIPLICATIVE ? base : base + season;
      store<f64>(mean + (<usize>h << 3), point);
      if (++phase >= this.seasonLength) phase = 0;
    }
    this.spread(horizon, mean, sigma);
    phase = this.phase;
    for (let h: usize = 0, end = <usize>horizon << 3; h < end; h += 8) {
      const factor = this.season == MULTIPLICATIVE ? load<f64>(this.seasonAt(phase)) : 1.0;
      const point = load<f64>(mean + h) * factor * this.unit;
      const error = load<f64>(sigma + h) * abs(factor) * this.unit;
      if (!(abs(point) < Infinity) || !(error < Infinity)) return false;
      store<f64>(mean + h, point);
      store<f64>(sigma + h, error);
      if (++phase >= this.seasonLength) phase = 0;
    }
    return true;
  }

  /**
   * Standard errors by ch. 6: table 6.1 for additive errors (class 1), eqs. 6.4 and 6.5 for
   * relative ones (class 2). With a multiplicative season (class 3) the base's variance is that of
   * class 2 and exact up to one season; beyond it an error is taken to move base and season by α +
   * γ together, which §6.4 leaves out and a simulation has.
   */
  private spread(horizon: i32, mean: usize, sigma: usize): void {
    const variance = this.sigma2;
    let damping = 1.0;
    let slopes = 0.0;
    let sum = 0.0;
    for (let h = 0; h < horizon; h++) {
      const j = <usize>h << 3;
      if (h > 0) {
        damping *= this.phi;
        slopes += damping;
        const seasonal = this.season != NONE && h % this.seasonLength == 0;
        const response = this.alpha + this.beta * slopes + (seasonal ? this.gamma : 0);
        store<f64>(responsesPtr + j, response * response);
      }
      if (!this.relativeError) {
        if (h > 0) sum += load<f64>(responsesPtr + j);
        store<f64>(sigma + j, sqrt(variance * (1 + sum)));
        continue;
      }
      let moment = 0.0;
      for (let k: usize = 8; k <= j; k += 8) {
        moment += load<f64>(responsesPtr + k) * load<f64>(momentsPtr + j - k);
      }
      const point = load<f64>(mean + j);
      moment = point * point + variance * moment;
      store<f64>(momentsPtr + j, moment);
      store<f64>(sigma + j, sqrt(max((1 + variance) * moment - point * point, 0)));
    }
  }
}

export const ETS_BYTES: usize = offsetof<Ets>();
