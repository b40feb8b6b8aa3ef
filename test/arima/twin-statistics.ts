/** The slow, plain twins of assembly/stats. */
import type { Vector } from './matrix.ts';
import { at, sum, zeros } from './matrix.ts';

const mean = (y: Vector): number => sum(y, (value) => value) / y.length;

/**
 * Sample autocorrelations ρ̂(0) … ρ̂(lags), each sum divided by n (Brockwell & Davis 1991, §7.2).
 */
export function autocorrelations(y: Vector, lags: number): number[] {
  const centre = mean(y);
  const centred = y.map((value) => value - centre);
  const covariance = (lag: number) => sum(centred, (value, t) => value * at(centred, t + lag));
  return zeros(lags + 1).map((_, lag) => covariance(lag) / covariance(0));
}

/**
 * KPSS statistic of level stationarity: n⁻² Σ S_t² / s²(lags), S_t the partial sums of the
 * deviations from the mean and s² their long-run variance with Bartlett's weights (Kwiatkowski,
 * Phillips, Schmidt & Shin 1992, J. Econometrics 54).
 */
export function kpssLevel(y: Vector, lags: number): number {
  const n = y.length;
  const centre = mean(y);
  const errors = y.map((value) => value - centre);
  let partial = 0;
  const eta = sum(errors, (e) => {
    partial += e;
    return partial * partial;
  });
  let longRun = sum(errors, (e) => e * e);
  for (let lag = 1; lag <= lags; lag++) {
    const weight = 1 - lag / (lags + 1);
    longRun += 2 * weight * sum(errors, (e, t) => (t < lag ? 0 : e * at(errors, t - lag)));
  }
  return eta / (n * n) / (longRun / n);
}
