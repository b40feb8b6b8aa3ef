import { arimaModel } from '../models/arima.ts';
import type { Model } from '../models/model.ts';
import { createModel, modelOptionsOf } from '../models/registry.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type ForecastOptions, fixedOrder } from './forecast-options.ts';

/**
 * The model that the options name. With `--arima-params` nothing is chosen from the data: orders
 * that are auto are those of the parameters, differences that are auto are none.
 */
export function forecastModel(options: ForecastOptions, kernel: Kernel): Model {
  const { model, arimaParams: params } = options;
  const modelOptions = modelOptionsOf(options);
  if (params === null) return createModel(model, kernel, modelOptions);
  const { arima, sarima } = modelOptions;
  return arimaModel(kernel, {
    ...arima,
    d: fixedOrder(arima.d),
    seasonal: model === 'sarima' ? { ...sarima, d: fixedOrder(sarima.d) } : null,
    constant: params.constant ? 'on' : 'none',
    params,
  });
}
