// What a fitted harmonic model is: a season, a level, an autoregression and its last residuals.
//
// It takes in one value after the other without being fitted anew, in p steps each, and forecasts
// from wherever it stands. Values are divided by `unit`, a power of two, and may be seen through
// z = s·log(1 + y / s) (a log with a shift: Box & Cox 1964, eq. 2), so that a point forecast stays
// the median.

import { at, put } from "../arima/orders";
import { AR_CAPACITY } from "./autoregression";

const ringPtr: usize = memory.data(AR_CAPACITY * 8, 16);

/** A fitted model; the record lies in memory its owner provides, HARMONIC_BYTES long. */
@unmanaged
export class Harmonic {
  /** Steps of a season, 0 = none, and the phase of the coming step. */
  season: i32;
  phase: i32;
  /** Lags of the autoregression. */
  order: i32;
  /** Steps since the last observation. */
  missed: i32;
  /** f64[season]: season less its mean, in units. */
  profile: usize;
  /** f64[AR_CAPACITY] each: coefficients, and the last residuals, newest first. */
  coefficients: usize;
  residuals: usize;
  unit: f64;
  /** s in units; 0 = no log. */
  shift: f64;
  level: f64;
  /** Of the innovations. */
  variance: f64;
  /** Least and greatest value seen, in units. */
  lowest: f64;
  highest: f64;

  /** z of a value in units. */
  toward(y: f64): f64 {
    return this.shift > 0 ? this.shift * Math.log1p(y / this.shift) : y;
  }

  /** The value in units of z. */
  back(z: f64): f64 {
    return this.shift > 0 ? this.shift * Math.expm1(z / this.shift) : z;
  }

  // @ts-ignore: decorator
  @inline
  private usual(phase: i32): f64 {
    return this.season > 0 ? this.level + at(this.profile, phase) : this.level;
  }

  private expected(): f64 {
    let sum = 0.0;
    for (let i = 0; i < this.order; i++) sum += at(this.coefficients, i) * at(this.residuals, i);
    return sum;
  }

  /** Takes in the next value; NaN = missing, which leaves what was expected. */
  observe(value: f64): void {
    let residual: f64;
    if (value == value) {
      const y = value / this.unit;
      this.lowest = min(this.lowest, y);
      this.highest = max(this.highest, y);
      residual = this.toward(y) - this.usual(this.phase);
      this.missed = 0;
    } else {
      residual = this.expected();
      this.missed++;
    }
    memory.copy(this.residuals + 8, this.residuals, (AR_CAPACITY - 1) * 8);
    put(this.residuals, 0, residual);
    this.phase = this.phase + 1 >= this.season ? 0 : this.phase + 1;
  }

  /**
   * Medians of the coming steps into points, f64[horizon]. None leaves the range of what was seen
   * by more than that range, nor falls below 0 where nothing did.
   */
  forecast(horizon: i32, points: usize): void {
    const room = this.highest - this.lowest;
    const least = this.lowest >= 0 ? max(this.lowest - room, 0) : this.lowest - room;
    for (let h = 0; h < horizon; h++) {
      let sum = 0.0;
      for (let i = 0; i < this.order; i++) {
        const earlier = i < h ? at(points, h - 1 - i) : at(this.residuals, i - h);
        sum += at(this.coefficients, i) * earlier;
      }
      put(points, h, sum);
    }
    let phase = this.phase;
    for (let h = 0; h < horizon; h++) {
      const y = this.back(this.usual(phase) + at(points, h));
      put(points, h, this.unit * min(max(y, least), this.highest + room));
      phase = phase + 1 >= this.season ? 0 : phase + 1;
    }
  }

  /**
   * Standard errors of the coming steps into sigma, f64[horizon], from the sum of squared
   * ψ-weights (Box & Jenkins 1976, §5.1); through the log by its slope at the median.
   *
   * @param points what `forecast` made
   */
  spread(horizon: i32, points: usize, sigma: usize): void {
    memory.fill(ringPtr, 0, AR_CAPACITY * 8);
    put(ringPtr, 0, 1);
    let sum = 1.0;
    for (let k = 0; k < this.missed + horizon; k++) {
      const h = k - this.missed;
      if (h >= 0) {
        const y = at(points, h) / this.unit;
        const slope = this.shift > 0 ? max(1 + y / this.shift, 0) : 1.0;
        put(sigma, h, this.unit * slope * sqrt(this.variance * sum));
      }
      let psi = 0.0;
      for (let i = 0; i < this.order; i++) psi += at(this.coefficients, i) * at(ringPtr, i);
      memory.copy(ringPtr + 8, ringPtr, (AR_CAPACITY - 1) * 8);
      put(ringPtr, 0, psi);
      sum += psi * psi;
    }
  }
}

export const HARMONIC_BYTES: i32 = <i32>offsetof<Harmonic>();
