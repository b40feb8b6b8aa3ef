// What MSTL with a trend model comes to: the last cycle of each season repeated, and exponential
// smoothing or an ARIMA of what the seasons leave (Hyndman & Athanasopoulos, Forecasting:
// Principles and Practice, 3rd ed., §5.7). It takes in one value after the other without being
// decomposed anew.

import { at, put } from "../arima/orders";
import { RollingArima } from "../arima/rolling";
import { Ets } from "../smoothing/ets-state";

/** A fitted model; the record lies in memory its owner provides, DECOMPOSED_BYTES long. */
@unmanaged
export class Decomposed {
  /** Steps of the longest season, 0 = none, and the phase of the coming step. */
  season: i32;
  phase: i32;
  /** f64[season]: the seasons' last cycles, added up. */
  profile: usize;
  /** The trend: one of the two, the other null. */
  ets: Ets | null;
  arima: RollingArima | null;
  /** Least and greatest value seen. */
  lowest: f64;
  highest: f64;

  /** Takes in the next value; NaN = missing. */
  observe(value: f64): void {
    const usual = this.season > 0 ? at(this.profile, this.phase) : 0.0;
    this.phase = this.phase + 1 >= this.season ? 0 : this.phase + 1;
    if (value == value) {
      this.lowest = min(this.lowest, value);
      this.highest = max(this.highest, value);
    }
    const ets = this.ets;
    const arima = this.arima;
    if (ets) ets.observe(value - usual);
    else if (arima) arima.observe(value - usual);
  }

  /**
   * Points and standard errors of the coming steps, f64[horizon] each. No point leaves the range of
   * what was seen by more than that range, nor falls below 0 where nothing did.
   *
   * @returns false when one is not finite
   */
  forecast(horizon: i32, points: usize, sigma: usize): bool {
    const ets = this.ets;
    const arima = this.arima;
    if (ets) {
      if (!ets.forecast(horizon, points, sigma)) return false;
    } else if (arima) {
      arima.forecast(horizon, points);
      arima.spread(horizon, sigma);
    }
    const room = this.highest - this.lowest;
    const least = this.lowest >= 0 ? max(this.lowest - room, 0) : this.lowest - room;
    const most = this.highest + room;
    let phase = this.phase;
    for (let h = 0; h < horizon; h++) {
      const usual = this.season > 0 ? at(this.profile, phase) : 0.0;
      const point = at(points, h) + usual;
      if (!(abs(point) < Infinity) || !(at(sigma, h) < Infinity)) return false;
      put(points, h, min(max(point, least), most));
      phase = phase + 1 >= this.season ? 0 : phase + 1;
    }
    return true;
  }
}

export const DECOMPOSED_BYTES: i32 = <i32>offsetof<Decomposed>();
