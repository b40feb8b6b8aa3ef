// The KPSS test of level stationarity (Kwiatkowski, Phillips, Schmidt & Shin 1992, J. Econometrics
// 54, eqs. 10 and 13).

/** 5 % critical value of η_μ (op. cit., table 1). */
export const KPSS_CRITICAL: f64 = 0.463;

/**
 * η_μ = Σ S_t² / (n² s²(l)) with Bartlett weights and l = ⌊3√n / 13⌋, the bandwidth of Hyndman &
 * Khandakar (2008), §3.1.
 *
 * @param x n finite values; overwritten by their deviations from the mean
 * @returns the statistic, 0 for a series without variance
 */
export function kpssLevel(x: usize, n: i32): f64 {
  if (n < 4) return 0;
  const end = x + (<usize>n << 3);
  let mean = 0.0;
  for (let k = x; k < end; k += 8) mean += load<f64>(k);
  mean /= <f64>n;
  let variance = 0.0;
  let partial = 0.0;
  let eta = 0.0;
  for (let k = x; k < end; k += 8) {
    const deviation = load<f64>(k) - mean;
    store<f64>(k, deviation);
    variance += deviation * deviation;
    partial += deviation;
    eta += partial * partial;
  }
  const bandwidth = <i32>((3 * sqrt(<f64>n)) / 13);
  let long = variance;
  for (let lag = 1; lag <= bandwidth; lag++) {
    const shift = <usize>lag << 3;
    let sum = 0.0;
    for (let k = x + shift; k < end; k += 8) sum += load<f64>(k) * load<f64>(k - shift);
    long += 2 * (1 - <f64>lag / <f64>(bandwidth + 1)) * sum;
  }
  if (!(long > 0) || !(variance > 0)) return 0;
  return eta / (<f64>n * long);
}
