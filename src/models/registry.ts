import type { ModelName, TableValues } from '../config/options.ts';
import { KedastralError } from '../errors.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type ArimaOrder, arimaModel } from './arima.ts';
import { autoModel } from './auto.ts';
import { baselineModel } from './baseline.ts';
import { byomModel } from './byom.ts';
import { directModel } from './direct.ts';
import { etsModel } from './ets.ts';
import { harmonicModel } from './harmonic.ts';
import { intermittentModel } from './intermittent.ts';
import { lastValueModel } from './last-value.ts';
import type { Model } from './model.ts';
import { mstlModel } from './mstl.ts';
import { seasonalAverageModel } from './seasonal-average.ts';
import { seasonalNaiveModel } from './seasonal-naive.ts';
import { thetaModel } from './theta.ts';
import { windowAverageModel } from './window-average.ts';

/** What the models are told, see `modelOptionsOf`. */
export interface ModelOptions {
  readonly arima: {
    readonly p: ArimaOrder;
    readonly d: ArimaOrder;
    readonly q: ArimaOrder;
    /** Mean at d = 0, drift at d = 1. */
    readonly constant: 'auto' | 'on' | 'none';
  };
  /** The seasonal orders, the others being those of `arima`; 'auto' length = one day. */
  readonly sarima: {
    readonly p: ArimaOrder;
    readonly d: ArimaOrder;
    readonly q: ArimaOrder;
    readonly lengthSteps: ArimaOrder;
  };
  /** Empty: none. */
  readonly byomUrl: string;
}

type ArimaField = 'arimaP' | 'arimaD' | 'arimaQ' | 'arimaConstant';
type SarimaField = 'sarimaP' | 'sarimaD' | 'sarimaQ' | 'sarimaS';
type ModelFields = Pick<TableValues, ArimaField | SarimaField | 'byomUrl'>;

/** What the options arima-*, sarima-* and byom-url say. */
export function modelOptionsOf(options: ModelFields): ModelOptions {
  const { arimaP, arimaD, arimaQ, arimaConstant } = options;
  const { sarimaP, sarimaD, sarimaQ, sarimaS } = options;
  return {
    arima: { p: arimaP, d: arimaD, q: arimaQ, constant: arimaConstant },
    sarima: { p: sarimaP, d: sarimaD, q: sarimaQ, lengthSteps: sarimaS },
    byomUrl: options.byomUrl ?? '',
  };
}

type Factory = (kernel: Kernel, options: ModelOptions) => Model;

/** Sorted by name. */
const FACTORIES: Readonly<Record<ModelName, Factory>> = {
  arima: (kernel, options) => arimaModel(kernel, { ...options.arima, seasonal: null }),
  auto: (kernel) => autoModel(kernel),
  baseline: (kernel) => baselineModel(kernel),
  byom: (kernel, options) => byomModel(kernel, options.byomUrl),
  direct: (kernel) => directModel(kernel),
  ets: (kernel) => etsModel(kernel),
  harmonic: (kernel) => harmonicModel(kernel),
  intermittent: (kernel) => intermittentModel(kernel),
  'last-value': (kernel) => lastValueModel(kernel),
  'mstl-arima': (kernel) => mstlModel(kernel, 'arima'),
  'mstl-ets': (kernel) => mstlModel(kernel, 'ets'),
  sarima: (kernel, options) => arimaModel(kernel, { ...options.arima, seasonal: options.sarima }),
  'seasonal-average': (kernel) => seasonalAverageModel(kernel),
  'seasonal-naive': (kernel) => seasonalNaiveModel(kernel),
  theta: (kernel) => thetaModel(kernel),
  'window-average': (kernel) => windowAverageModel(kernel),
};

export const MODEL_NAMES: readonly string[] = Object.keys(FACTORIES);

/** @throws KedastralError model_option: no such name, or options the model does not take */
export function createModel(name: string, kernel: Kernel, options: ModelOptions): Model {
  const factory = Object.hasOwn(FACTORIES, name) ? FACTORIES[name as ModelName] : undefined;
  if (!factory) {
    const message = `there is no model ${name}; known are ${MODEL_NAMES.join(', ')}`;
    throw new KedastralError('model_option', 'model', message);
  }
  return factory(kernel, options);
}
