// The least-squares line through points that come one by one (Welford 1962, Technometrics 4, for
// the sums of squares and products around running means).

@unmanaged
export class Line {
  private count: f64;
  private meanTime: f64;
  meanValue: f64;
  /** Σ (time − mean)² and Σ (time − mean) (value − mean). */
  private squares: f64;
  private products: f64;

  reset(): void {
    this.count = 0;
    this.meanTime = 0;
    this.meanValue = 0;
    this.squares = 0;
    this.products = 0;
  }

  add(time: f64, value: f64): void {
    this.count += 1;
    const share = 1 / this.count;
    const ahead = time - this.meanTime;
    this.meanTime += ahead * share;
    this.meanValue += (value - this.meanValue) * share;
    this.squares += ahead * (time - this.meanTime);
    this.products += ahead * (value - this.meanValue);
  }

  /** Makes all values 0 where they were: what is added from here on is a deviation. */
  clearValues(): void {
    this.meanValue = 0;
    this.products = 0;
  }

  /** 0 through a single point. */
  get slope(): f64 {
    return this.squares > 0 ? this.products / this.squares : 0;
  }

  /** Value at time 0. */
  get intercept(): f64 {
    return this.meanValue - this.slope * this.meanTime;
  }
}
