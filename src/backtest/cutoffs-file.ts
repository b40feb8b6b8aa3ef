import { HISTORY_STEPS_MAX, HORIZON_STEPS_MAX } from '../config/rules.ts';
import { KedastralError } from '../errors.ts';

/** What a file of cutoffs says of one series. */
export interface CutoffsEntry {
  readonly stepSeconds: number;
  readonly horizonSteps: number;
  readonly windowSteps: number;
  /** Grid points of the series. */
  readonly points: number;
  /** Ascending indexes of last observed points. */
  readonly cutoffs: readonly number[];
}

/** By the name of the series. */
export type CutoffsFile = ReadonlyMap<string, CutoffsEntry>;

/**
 * Reads a file such as protocol kv1's: `{"series": {name: {step, H, W, points, cutoffs}}}`.
 *
 * @throws KedastralError option_invalid naming the series and the field
 */
export function parseCutoffs(text: string): CutoffsFile {
  const file = asObject(parsed(text), 'the file');
  const series = asObject(file.series, 'series');
  return new Map(Object.entries(series).map(([name, entry]) => [name, entryOf(name, entry)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('it is no JSON');
  }
}

function entryOf(name: string, raw: unknown): CutoffsEntry {
  const entry = asObject(raw, name);
  const whole = (field: string, max: number): number => {
    const value = entry[field];
    const isRight = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
    if (!isRight) throw refused(`${name}.${field} must be a whole number from 1 to ${max}`);
    return value as number;
  };
  const points = whole('points', Number.MAX_SAFE_INTEGER);
  const { cutoffs } = entry;
  const isIndex = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
  const isRight =
    Array.isArray(cutoffs) &&
    cutoffs.length > 0 &&
    cutoffs.every((cutoff, k) => isIndex(cutoff) && cutoff < points && !(cutoff <= cutoffs[k - 1]));
  if (!isRight) throw refused(`${name}.cutoffs must be ascending indexes below points`);
  return {
    stepSeconds: whole('step', Number.MAX_SAFE_INTEGER),
    horizonSteps: whole('H', HORIZON_STEPS_MAX),
    windowSteps: whole('W', HISTORY_STEPS_MAX),
    points,
    cutoffs,
  };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw refused(`${what} must be an object`);
}

function refused(why: string): KedastralError {
  return new KedastralError('option_invalid', 'config', `cutoffs: ${why}`);
}
