/** The exports of assembly/index.ts. Numbers live there alone; a test compares the names. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly ABI_VERSION: WebAssembly.Global;
  readonly HISTORY_CAPACITY: WebAssembly.Global;
  readonly HORIZON_CAPACITY: WebAssembly.Global;
  readonly PARAMS_CAPACITY: WebAssembly.Global;
  readonly SEASON_CAPACITY: WebAssembly.Global;
  readonly historyPtr: WebAssembly.Global;
  readonly meanPtr: WebAssembly.Global;
  readonly sigmaPtr: WebAssembly.Global;
  readonly paramsPtr: WebAssembly.Global;

  // capacity/planner.ts
  readonly demandPtr: WebAssembly.Global;
  readonly needPtr: WebAssembly.Global;
  readonly boundedPtr: WebAssembly.Global;
  readonly raisedPtr: WebAssembly.Global;
  readonly planPtr: WebAssembly.Global;
  plan(
    n: number,
    headroom: number,
    targetPerPod: number,
    minReplicas: number,
    maxReplicas: number,
    upMaxFactor: number,
    downMaxPercent: number,
    previous: number,
  ): number;

  // arima/fit.ts
  arimaBegin(
    n: number,
    arOrder: number,
    differences: number,
    maOrder: number,
    seasonalAr: number,
    seasonalDifferences: number,
    seasonalMa: number,
    seasonLength: number,
    constantMode: number,
    mode: number,
  ): number;
  arimaAdvance(units: number): number;
  arimaForecast(horizon: number, units: number): number;
  // select/
  ensembleBegin(
    n: number,
    stepSeconds: number,
    cutoffSeconds: number,
    horizon: number,
    peakSteps: number,
    without: number,
    seasonSteps: number,
  ): number;
  ensembleAdvance(units: number): number;

  // harmonic/harmonic.ts
  harmonicBegin(n: number, shortSeason: number, longSeason: number): number;
  harmonicAdvance(units: number): number;
  harmonicForecast(horizon: number): number;

  // stl/
  mstlBegin(n: number, shortSeason: number, longSeason: number, trendKind: number): number;
  mstlAdvance(units: number): number;
  mstlForecast(horizon: number): number;
  mstlDecompose(
    n: number,
    shortSeason: number,
    longSeason: number,
    inner: number,
    outer: number,
    degree: number,
    jumps: number,
  ): number;
  readonly adjustedPtr: WebAssembly.Global;
  readonly trendPtr: WebAssembly.Global;
  readonly shortSeasonPtr: WebAssembly.Global;
  readonly longSeasonPtr: WebAssembly.Global;

  // direct/
  directFit(n: number, stepSeconds: number, cutoffSeconds: number, horizon: number): number;
  directAdvance(units: number): number;

  // smoothing/, seasonal/
  lastValue(n: number, horizon: number): number;
  seasonalAverage(n: number, seasonLength: number, horizon: number): number;
  etsBegin(n: number, seasonLength: number, forms: number): number;
  etsAdvance(units: number): number;
  etsEvaluate(n: number, form: number, seasonLength: number): number;
  etsForecast(horizon: number): number;
  intermittent(n: number, horizon: number, method: number, given: number): number;
  theta(n: number, seasonLength: number, horizon: number, mode: number): number;
  seasonalNaive(n: number, seasonLength: number, horizon: number): number;
  windowAverage(n: number, windowSteps: number, horizon: number): number;

  // risk/
  readonly quantilePtr: WebAssembly.Global;
  calibrateBegin(n: number, stepSeconds: number, cutoffSeconds: number, horizon: number): number;
  calibrateAdvance(): number;
  calibratedQuantile(level: number): number;
  clearRecord(): number;
  openBand(firstStep: number, lastStep: number): number;
  openPeak(steps: number): number;
  note(row: number, origin: number, steps: number, actual: number, point: number): number;
  forecastPeak(point: number): number;

  // stats/
  periodsBegin(n: number, daySteps: number): number;
  periodsAdvance(): number;
  normalQuantiles(count: number): number;
  seasonStrength(n: number, lag: number): number;
  removeSeason(n: number, lag: number): number;
}

/** The ABI this host speaks; the module's own number must be the same. */
export const ABI_VERSION = 1;

/** Result codes of assembly/abi.ts. */
export const RESULT = {
  OK: 0,
  MORE: 1,
  CAPACITY: -1,
  OPTION: -2,
  TOO_SHORT: -3,
  NOT_FINITE: -4,
  STATE: -5,
} as const;

/** Pointer exports of an f64 buffer, and the export that tells its length. */
export const BUFFERS = {
  historyPtr: 'HISTORY_CAPACITY',
  meanPtr: 'HORIZON_CAPACITY',
  sigmaPtr: 'HORIZON_CAPACITY',
  paramsPtr: 'PARAMS_CAPACITY',
  quantilePtr: 'HORIZON_CAPACITY',
  demandPtr: 'HISTORY_CAPACITY',
  needPtr: 'HISTORY_CAPACITY',
  boundedPtr: 'HISTORY_CAPACITY',
  raisedPtr: 'HISTORY_CAPACITY',
  planPtr: 'HISTORY_CAPACITY',
  adjustedPtr: 'HISTORY_CAPACITY',
  trendPtr: 'HISTORY_CAPACITY',
  shortSeasonPtr: 'HISTORY_CAPACITY',
  longSeasonPtr: 'HISTORY_CAPACITY',
} as const;

export type BufferName = keyof typeof BUFFERS;
