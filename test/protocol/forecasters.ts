import { quantiles } from '../../src/forecast/quantiles.ts';
import type { Model } from '../../src/models/model.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import type { ProtocolSeries } from './data.ts';
import { type Forecaster, LEVELS } from './scorer.ts';

type Quantiles = Record<(typeof LEVELS)[number], Float64Array>;

/** The model as the protocol sees a forecaster: fitted anew at every cutoff, quantiles included. */
export function forecasterOf(kernel: Kernel, model: Model): Forecaster {
  const signal = new AbortController().signal;
  return (x: Float64Array, series: ProtocolSeries, cutoff: number) =>
    kernel.exclusive(async () => {
      const { stepSeconds, startSeconds, horizonSteps } = series;
      const cutoffSeconds = startSeconds + cutoff * stepSeconds;
      const fitted = await model.fit(
        { values: x, stepSeconds, cutoffSeconds },
        { horizonSteps, signal, levels: LEVELS.map(Number) },
      );
      const nonNegative = !x.some((value) => value < 0);
      const made = quantiles(kernel, fitted.prediction, LEVELS.map(Number), { nonNegative });
      return { values: fitted.prediction.point, quantiles: made as Quantiles };
    });
}
