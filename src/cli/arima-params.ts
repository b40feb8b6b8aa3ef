import type { Kind } from '../config/kinds.ts';
import type { ArimaParams } from '../models/arima.ts';

/** Most coefficients of each list: the largest orders of the options. */
const LENGTHS_MAX = { ar: 5, ma: 5, seasonalAr: 2, seasonalMa: 2 } as const;

/** A JSON object with the fields of {@link ArimaParams}, each of them optional. */
export const arimaParams: Kind<ArimaParams> = {
  label: 'JSON',
  rule:
    'a JSON object of the lists ar, ma (at most 5 numbers), seasonalAr, seasonalMa (at most 2) ' +
    'and the numbers constant and sigma2 (above 0)',
  parse: (text) => {
    const fields = objectOf(text);
    const isValid = fields && Object.entries(fields).every(([name, value]) => isField(name, value));
    return isValid ? (fields as ArimaParams) : undefined;
  },
  format: (value) => JSON.stringify(value),
};

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? value : undefined;
  } catch {
    return undefined;
  }
}

function isField(name: string, value: unknown): boolean {
  if (name === 'constant') return Number.isFinite(value);
  if (name === 'sigma2') return Number.isFinite(value) && (value as number) > 0;
  if (!Object.hasOwn(LENGTHS_MAX, name) || !Array.isArray(value)) return false;
  const isShort = value.length <= LENGTHS_MAX[name as keyof typeof LENGTHS_MAX];
  return isShort && value.every((coefficient) => Number.isFinite(coefficient));
}
