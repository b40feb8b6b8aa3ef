import { readFileSync } from 'node:fs';
import type { ArimaTwin } from '../twin.ts';

/** Parameters, and what statsmodels says of them; vectors.py gives the conventions. */
export interface Judgement extends Omit<ArimaTwin, 'order' | 'seasonal'> {
  readonly logLikelihood: number;
  /** Of y[n], y[n + 1] …: `Golden.horizon` of them. */
  readonly point: readonly number[];
  readonly standardErrors: readonly number[];
}

export interface GoldenCase {
  readonly name: string;
  /** 6 significant digits; NaN = missing. */
  readonly y: readonly number[];
  readonly order: readonly number[];
  readonly seasonal: readonly number[] | null;
  readonly constant: 'on' | 'none';
  readonly likelihood: 'differenced' | 'diffuse';
  /** At given parameters. */
  readonly at: Judgement;
  /** At statsmodels' optimum. */
  readonly fitted: Judgement;
}

export interface KpssCase {
  readonly name: string;
  readonly y: readonly number[];
  readonly lags: number;
  readonly statistic: number;
}

export interface Golden {
  readonly horizon: number;
  readonly cases: readonly GoldenCase[];
  readonly kpss: readonly KpssCase[];
}

/** The vectors of statsmodels.json, null in y made NaN. */
export function goldenVectors(): Golden {
  const text = readFileSync(new URL('./statsmodels.json', import.meta.url), 'utf8');
  return JSON.parse(text, (key, value) =>
    key === 'y' ? value.map((x: number | null) => x ?? Number.NaN) : value,
  );
}
