import { RESULT } from '../../src/wasm/abi.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';

/** One walk-forward error of a row. */
export interface Noted {
  readonly origin: number;
  readonly steps: number;
  readonly actual: number;
  readonly point: number;
}

/** A forecast, the history it was made from and the record of its model's errors. */
export interface Case {
  readonly history: readonly number[];
  readonly stepSeconds: number;
  readonly cutoffSeconds: number;
  readonly point: readonly number[];
  readonly sigma: readonly number[];
  /** First and last step of each band, and its errors in the order of time. */
  readonly bands: readonly { first: number; last: number; noted: readonly Noted[] }[];
  readonly peak?: { steps: number; point: number; noted: readonly Noted[] };
}

/** What the guest makes of a case. */
export interface Calibrated {
  readonly bands: Record<string, Float64Array>;
  readonly peak: Record<string, number>;
  readonly errors: number;
  readonly effectiveErrors: number;
  readonly tailFrom: number;
  readonly excess: number;
  readonly driftSteps: number;
}

/** Hands the record and the forecast to the guest and reads the levels off. */
export function calibrate(kernel: Kernel, given: Case, levels: readonly number[]): Calibrated {
  const { history, stepSeconds, cutoffSeconds, point, sigma, bands, peak } = given;
  kernel.write('historyPtr', history);
  kernel.write('meanPtr', point);
  kernel.write('sigmaPtr', sigma);
  kernel.call((guest) => guest.clearRecord());
  for (const { first, last } of bands) kernel.call((guest) => guest.openBand(first, last));
  if (peak) kernel.call((guest) => guest.openPeak(peak.steps));
  if (peak) kernel.call((guest) => guest.forecastPeak(peak.point));
  [...bands, ...(peak ? [peak] : [])].forEach(({ noted }, row) => {
    for (const { origin, steps, actual, point: said } of noted) {
      kernel.call((guest) => guest.note(row, origin, steps, actual, said));
    }
  });
  kernel.call((guest) =>
    guest.calibrateBegin(history.length, stepSeconds, cutoffSeconds, point.length),
  );
  while (kernel.call((guest) => guest.calibrateAdvance()) === RESULT.MORE);
  const [errors, effectiveErrors, tailFrom, excess, , driftSteps] = kernel.read('paramsPtr', 6);
  const made: Record<string, Float64Array> = {};
  const peaks: Record<string, number> = {};
  for (const level of levels) {
    kernel.call((guest) => guest.calibratedQuantile(level));
    made[String(level)] = kernel.read('quantilePtr', point.length);
    peaks[String(level)] = kernel.readAt('paramsPtr', 0);
  }
  const facts = { errors, effectiveErrors, tailFrom, excess, driftSteps } as Record<string, number>;
  return { bands: made, peak: peaks, ...facts } as Calibrated;
}
