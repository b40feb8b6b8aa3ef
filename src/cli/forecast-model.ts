import { arimaModel } from '../models/arima.ts';
import type { Model } from '../models/model.ts';
import { createModel, seasonLengthSteps } from '../models/registry.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type ForecastOptions, fixedOrder } from './forecast-options.ts';

/**
 * The model that the options name. With `--arima-params` nothing is chosen from the data: orders
 * that are auto are those of the parameters, differences that are auto are none.
 */
export function forecastModel(
  options: ForecastOptions,
  kernel: Kernel,
  stepSeconds: number,
): Model {
  const { arimaP, arimaD, arimaQ, arimaConstant } = options;
  const { sarimaP, sarimaD, sarimaQ, sarimaS, arimaParams: params } = options;
  if (params === null) {
    return createModel(options.model, kernel, {
      arima: { p: arimaP, d: arimaD, q: arimaQ, constant: arimaConstant },
      sarima: { p: sarimaP, d: sarimaD, q: sarimaQ, lengthSteps: sarimaS },
      byomUrl: options.byomUrl ?? '',
    });
  }
  const lengthSteps = seasonLengthSteps(sarimaS, stepSeconds);
  const isSeasonal = options.model === 'sarima' && lengthSteps > 0;
  return arimaModel(kernel, {
    p: arimaP,
    d: fixedOrder(arimaD),
    q: arimaQ,
    seasonal: isSeasonal ? { p: sarimaP, d: fixedOrder(sarimaD), q: sarimaQ, lengthSteps } : null,
    constant: params.constant === undefined ? 'none' : 'on',
    params,
  });
}
