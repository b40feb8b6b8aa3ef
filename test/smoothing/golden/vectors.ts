import { readFileSync } from 'node:fs';

/** Parameters of an exponential smoothing model, its seasons in the order of time. */
export interface EtsAt {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
  readonly level: number;
  readonly slope: number;
  readonly seasonal: readonly number[];
  readonly logLikelihood: number;
}

export interface EtsCase {
  readonly name: string;
  readonly form: readonly [error: 'A' | 'M', trend: 'N' | 'A' | 'Ad', season: 'N' | 'A' | 'M'];
  readonly y: readonly number[];
  readonly at: EtsAt & {
    readonly errors: readonly number[];
    readonly point: readonly number[];
    readonly standardErrors: readonly number[] | null;
    readonly simulated: readonly number[];
  };
  readonly fitted: { readonly logLikelihood: number; readonly point: readonly number[] };
  readonly forecastLibrary: EtsAt & {
    readonly sigma2: number;
    readonly aicc: number;
    readonly point: readonly number[] | null;
    readonly standardErrors: readonly number[] | null;
  };
}

export interface ThetaCase {
  readonly name: string;
  readonly kind: 'DOTM' | 'OTM';
  readonly y: readonly number[];
  readonly seasonLength: number;
  readonly at: {
    readonly alpha: number;
    readonly theta: number;
    readonly level: number;
    readonly squares: number;
    readonly point: readonly number[];
  };
  readonly fitted: {
    readonly alpha: number;
    readonly theta: number;
    readonly squares: number | null;
    readonly seasonal: boolean;
    readonly point: readonly number[];
  };
}

export interface IntermittentCase {
  readonly y: readonly number[];
  readonly firstSize: number;
  readonly firstProbability: number;
  readonly firstInterval: number;
  readonly tsb: number;
  readonly croston: number;
  readonly sba: number;
}

interface Golden {
  readonly horizon: number;
  readonly seasonLength: number;
  readonly ets: readonly EtsCase[];
  readonly theta: readonly ThetaCase[];
  readonly intermittent: readonly IntermittentCase[];
}

/** What vectors.py wrote. */
export const GOLDEN = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
) as Golden;
