// The export table: everything the host can see.

export {
  ABI_VERSION,
  HISTORY_CAPACITY,
  HORIZON_CAPACITY,
  PARAMS_CAPACITY,
  SEASON_CAPACITY,
  historyPtr,
  meanPtr,
  paramsPtr,
  sigmaPtr,
} from "./abi";

export { boundedPtr, demandPtr, needPtr, plan, planPtr, raisedPtr } from "./capacity/planner";

export { arimaAdvance, arimaBegin, arimaForecast } from "./arima/fit";
export { directAdvance, directFit } from "./direct/direct";
export { harmonicAdvance, harmonicBegin, harmonicForecast } from "./harmonic/harmonic";
export { mstlAdvance, mstlBegin, mstlDecompose, mstlForecast } from "./stl/mstl-model";
export { adjustedPtr, longSeasonPtr, shortSeasonPtr, trendPtr } from "./stl/mstl";
export { ensembleAdvance, ensembleBegin } from "./select/ensemble";
export { calibrateAdvance, calibrateBegin, calibratedQuantile } from "./risk/calibrate";
export { quantilePtr } from "./risk/calibrate";
export { clearRecord, forecastPeak, note, openBand, openPeak } from "./risk/record";
export { lastValue } from "./smoothing/last-value";
export { seasonalAverage } from "./seasonal/average";
export { etsAdvance, etsBegin, etsEvaluate, etsForecast } from "./smoothing/ets";
export { intermittent } from "./smoothing/intermittent";
export { theta } from "./smoothing/theta";
export { seasonalNaive } from "./seasonal/naive";
export { windowAverage } from "./smoothing/window-average";
export { periodsAdvance, periodsBegin } from "./stats/periods";
export { normalQuantiles } from "./stats/normal";
export { removeSeason, seasonStrength } from "./stats/autocorrelation";
