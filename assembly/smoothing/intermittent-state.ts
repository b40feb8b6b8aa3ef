// Intermittent demand as a state that takes in one value after the other: how large a demand is
// where there is one (a value that is not 0), and how often there is one.
//
//   TSB     Teunter, Syntetos & Babai 2011, Eur. J. Oper. Res. 214(3), 606–615, eqs. 1 and 2: the
//           probability is smoothed at every step, so that it fades while nothing comes
//   Croston 1972, Oper. Res. Quarterly 23(3), 289–303: the interval is smoothed at each demand
//   SBA     Syntetos & Boylan 2005, Int. J. Forecasting 21(2), 303–314: Croston · (1 − α/2), α
//           smoothing the interval
//
// A missing value is no step.

export const TSB: i32 = 0;
export const CROSTON: i32 = 1;
export const SBA: i32 = 2;

/** A fitted model; the record lies in memory its owner provides, INTERMITTENT_BYTES long. */
@unmanaged
export class Intermittent {
  method: i32;
  /** Weight of the newest demand in the size, of the newest step (interval) in the frequency. */
  sizeShare: f64;
  frequencyShare: f64;
  /** Mean and variance of the demands that are not 0. */
  size: f64;
  variance: f64;
  /** Probability of a demand (TSB), or mean steps from one to the next. */
  frequency: f64;
  /** Steps since the last demand, 1 right behind it. */
  waited: f64;

  start(size: f64, variance: f64, frequency: f64): void {
    this.size = size;
    this.variance = variance;
    this.frequency = frequency;
    this.waited = 1;
  }

  /** Takes in the value of the next step, NaN = missing. */
  observe(value: f64): void {
    if (value != value) return;
    const demanded = value != 0;
    if (demanded) {
      const error = value - this.size;
      this.size += this.sizeShare * error;
      this.variance += this.sizeShare * ((1 - this.sizeShare) * error * error - this.variance);
    }
    if (this.method == TSB) {
      this.frequency += this.frequencyShare * ((demanded ? 1.0 : 0.0) - this.frequency);
    } else if (demanded) {
      this.frequency += this.frequencyShare * (this.waited - this.frequency);
      this.waited = 1;
    } else {
      this.waited += 1;
    }
  }

  /** Probability that a step has a demand. */
  get probability(): f64 {
    return this.method == TSB ? this.frequency : 1 / max(this.frequency, 1);
  }

  /** Mean demand of a step. */
  get rate(): f64 {
    const rate = this.probability * this.size;
    return this.method == SBA ? rate * (1 - 0.5 * this.frequencyShare) : rate;
  }

  /** Standard deviation of a step's demand, that of a compound Bernoulli variable. */
  get deviation(): f64 {
    const p = this.probability;
    return sqrt(max(p * this.variance + p * (1 - p) * this.size * this.size, 0));
  }

  /**
   * Forecasts steps 1..horizon: the same rate for all, which is the mean, not the median: that of a
   * demand that comes in less than half of the steps is 0, and would tell nothing.
   *
   * @param mean, sigma f64[horizon]
   * @returns false when a value is not finite
   */
  forecast(horizon: i32, unit: f64, mean: usize, sigma: usize): bool {
    const rate = this.rate * unit;
    const deviation = this.deviation * unit;
    if (!(abs(rate) < Infinity) || !(deviation < Infinity)) return false;
    for (let h: usize = 0, end = <usize>horizon << 3; h < end; h += 8) {
      store<f64>(mean + h, rate);
      store<f64>(sigma + h, deviation);
    }
    return true;
  }
}

export const INTERMITTENT_BYTES: usize = offsetof<Intermittent>();
