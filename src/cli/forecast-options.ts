import { formatDuration, parseDuration } from '../config/duration.ts';
import type { OptionFault } from '../config/faults.ts';
import { boolean, duration, type Kind, optional, text } from '../config/kinds.ts';
import { option, optionName, type ValuesOf } from '../config/option.ts';
import { ARIMA_ROWS, OPTIONS } from '../config/options.ts';
import { resolve } from '../config/resolve.ts';
import { type Rule, rule, ruleFaults } from '../config/rule.ts';
import { HORIZON_STEPS_MAX } from '../config/rules.ts';
import { readArguments } from '../config/sources.ts';
import { DEFAULT_LEVELS } from '../forecast/quantiles.ts';
import type { ArimaParams } from '../models/arima.ts';
import { arimaParams } from './arima-params.ts';
import { instant, repeated } from './kinds.ts';

/** How far to forecast: a span of time, or a number of steps. */
export type Horizon = { readonly seconds: number } | { readonly steps: number };

const horizon: Kind<Horizon> = {
  label: 'duration | steps',
  rule: `a duration such as 24h, or a number of steps from 1 to ${HORIZON_STEPS_MAX}`,
  parse: (value) => {
    if (/^\d{1,4}$/.test(value)) {
      const steps = Number(value);
      return steps >= 1 && steps <= HORIZON_STEPS_MAX ? { steps } : undefined;
    }
    const seconds = parseDuration(value);
    return seconds ? { seconds } : undefined;
  },
  format: (value) => ('steps' in value ? String(value.steps) : formatDuration(value.seconds)),
};

const level: Kind<number> = {
  label: 'number',
  rule: 'a number between 0 and 1',
  parse: (text) => (/^0?\.\d+$/.test(text) && Number(text) > 0 ? Number(text) : undefined),
  format: String,
};

/** The table of `kedastral forecast`; what it shares with the sidecar are the sidecar's rows. */
export const FORECAST_OPTIONS = {
  input: option(text('path', 'a path, or - for standard input'), '', 'CSV of `timestamp,value`'),
  at: option(
    optional(instant),
    '',
    'forecast as of this time; rows after the last step that ends by then are not seen',
    { defaultDoc: 'the last row' },
  ),
  stepSeconds: option(
    optional(duration({ minSeconds: 1, whole: true })),
    '',
    'length of a grid step',
    { defaultDoc: 'the usual gap between rows' },
  ),
  horizon: option(optional(horizon), '', 'how far to forecast', {
    defaultDoc: '30m at steps of up to a minute, else 24 steps',
  }),
  model: OPTIONS.model,
  ...ARIMA_ROWS,
  arimaParams: option(
    optional(arimaParams),
    '',
    'evaluate the model at these parameters instead of fitting it; auto differences are none then',
  ),
  byomUrl: OPTIONS.byomUrl,
  quantile: option(repeated(level), '', 'a quantile to give beside the usual ones; repeatable', {
    defaultDoc: DEFAULT_LEVELS.join(', '),
    isRepeatable: true,
  }),
  json: option(boolean, 'false', 'print JSON'),
  help: OPTIONS.help,
} as const;

export type ForecastOptions = ValuesOf<typeof FORECAST_OPTIONS>;

/** Reads the flags of `kedastral forecast`; the environment is the sidecar's and not looked at. */
export function parseForecastOptions(argv: readonly string[]): {
  options: ForecastOptions;
  faults: readonly OptionFault[];
} {
  const flags = readArguments(argv, FORECAST_OPTIONS);
  const resolved = resolve(FORECAST_OPTIONS, [['flag', flags]]);
  const broken = ruleFaults(FORECAST_OPTIONS, resolved, RULES);
  return { options: resolved.values, faults: [...flags.faults, ...resolved.faults, ...broken] };
}

/** The coefficients of {@link ArimaParams}. */
type ListName = 'ar' | 'ma' | 'seasonalAr' | 'seasonalMa';

/** A rule of `--arima-params`, which holds where they are given. */
function paramsRule(
  others: readonly (keyof ForecastOptions)[],
  check: (params: ArimaParams, options: ForecastOptions) => string | false,
): Rule<ForecastOptions> {
  return {
    fields: ['arimaParams', ...others],
    check: (options) => (options.arimaParams && check(options.arimaParams, options)) || null,
  };
}

/** A list of coefficients is as long as the order that is given. */
function lengthRule(list: ListName, order: 'arimaP' | 'arimaQ' | 'sarimaP' | 'sarimaQ') {
  return paramsRule([order], (params, options) => {
    const length = params[list]?.length ?? 0;
    const isRight = options[order] === 'auto' || options[order] === length;
    return (
      !isRight && `has ${length} numbers in ${list}, ${optionName(order)} is ${options[order]}`
    );
  });
}

const RULES: readonly Rule<ForecastOptions>[] = [
  rule(
    ['byomUrl', 'model'],
    (o) => o.model === 'byom' && o.byomUrl === null,
    'is needed by model byom',
  ),
  paramsRule(
    ['model'],
    (_, { model }) => model !== 'arima' && model !== 'sarima' && 'needs model arima or sarima',
  ),
  paramsRule(['model'], ({ seasonalAr = [], seasonalMa = [] }, { model }) => {
    const isSeasonal = seasonalAr.length + seasonalMa.length > 0;
    return isSeasonal && model === 'arima' && 'has seasonal parameters: they need model sarima';
  }),
  lengthRule('ar', 'arimaP'),
  lengthRule('ma', 'arimaQ'),
  lengthRule('seasonalAr', 'sarimaP'),
  lengthRule('seasonalMa', 'sarimaQ'),
  paramsRule(['arimaConstant'], ({ constant = 0 }, { arimaConstant }) => {
    const isWrong = arimaConstant === (constant === 0 ? 'on' : 'none');
    const has = constant === 0 ? 'has no constant' : 'has a constant';
    return isWrong && `${has}, arima-constant is ${arimaConstant}`;
  }),
  paramsRule(['arimaD', 'sarimaD', 'model'], ({ constant = 0 }, { arimaD, sarimaD, model }) => {
    const differences = fixedOrder(arimaD) + (model === 'sarima' ? fixedOrder(sarimaD) : 0);
    const isWrong = constant !== 0 && differences > 1;
    return isWrong && 'has a constant, which no model has that is differenced more than once';
  }),
];

/** The order that `--arima-params` takes for differences: auto is none. */
export function fixedOrder(order: number | 'auto'): number {
  return order === 'auto' ? 0 : order;
}

const MINUTE_SECONDS = 60;
const DEFAULT_HORIZON_SECONDS = 1_800;
const DEFAULT_COARSE_STEPS = 24;

/**
 * Steps of a horizon on a grid.
 *
 * @returns null when it is no whole number of steps from 1 to HORIZON_STEPS_MAX
 */
export function horizonSteps(horizon: Horizon | null, stepSeconds: number): number | null {
  if (horizon === null) {
    if (stepSeconds > MINUTE_SECONDS) return DEFAULT_COARSE_STEPS;
    return Math.floor(DEFAULT_HORIZON_SECONDS / stepSeconds);
  }
  const steps = 'steps' in horizon ? horizon.steps : horizon.seconds / stepSeconds;
  return Number.isInteger(steps) && steps >= 1 && steps <= HORIZON_STEPS_MAX ? steps : null;
}
