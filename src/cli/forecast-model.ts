import { arimaModel } from '../models/arima.ts';
import type { Model } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type ForecastOptions, fixedOrder } from './forecast-options.ts';

/**
 * The model that the options name. With `--arima-params` nothing is chosen from the data: orders
 * that are auto are those of the parameters, differences that are auto are none.
 */
export function forecastModel(options: ForecastOptions, kernel: Kernel): Model {
  const { arimaP, arimaD, arimaQ, arimaConstant } = options;
  const { sarimaP, sarimaD, sarimaQ, sarimaS, arimaParams: params } = options;
  if (params === null) {
    return createModel(options.model, kernel, {
      arima: { p: arimaP, d: arimaD, q: arimaQ, constant: arimaConstant },
      sarima: { p: sarimaP, d: sarimaD, q: sarimaQ, lengthSteps: sarimaS },
      byomUrl: options.byomUrl ?? '',
    });
  }
  const season = { p: sarimaP, d: fixedOrder(sarimaD), q: sarimaQ, lengthSteps: sarimaS };
  return arimaModel(kernel, {
    p: arimaP,
    d: fixedOrder(arimaD),
    q: arimaQ,
    seasonal: options.model === 'sarima' ? season : null,
    constant: params.constant ? 'on' : 'none',
    params,
  });
}
