import { HISTORY_STEPS_MAX, HORIZON_STEPS_MAX } from '../config/rules.ts';
import { KedastralError } from '../errors.ts';
import type { CutoffsFile } from './cutoffs-file.ts';
import type { GridSeries } from './grid-series.ts';
import { evenOrigins, strideOrigins } from './origins.ts';
import type { NamedTable } from './source.ts';

/** How a series is walked through. */
export interface WalkSettings {
  /** Null: an hour at steps of up to 5 minutes, else a day; of short series an eighth. */
  readonly horizonSeconds: number | null;
  readonly historySeconds: number;
  readonly protocol: 'walk' | 'kv1';
  readonly cutoffs: CutoffsFile | null;
  /** Null: 30. */
  readonly origins: number | null;
  readonly stride: number | null;
}

const DEFAULT_ORIGINS = 30;
const FINE_STEP_SECONDS = 300;

/** Horizon and context in steps, by the step in seconds (protocol kv1). */
const KV1: Readonly<Record<number, readonly [horizon: number, window: number]>> = {
  60: [60, 4_320],
  300: [12, 4_032],
  1800: [48, 1_344],
  3600: [24, 1_008],
};

/**
 * The series as it is forecast, and its origins.
 *
 * @throws KedastralError option_invalid, series_too_short
 */
export function settingsOf(
  table: NamedTable,
  settings: WalkSettings,
): { series: GridSeries; cutoffs: readonly number[] } {
  const entry = settings.cutoffs?.get(table.name);
  if (settings.cutoffs && !entry) throw refused(table, 'is not in the file of cutoffs');
  const [horizonSteps, windowSteps] = entry
    ? [entry.horizonSteps, entry.windowSteps]
    : stepsOf(table, settings);
  const { name, stepSeconds, startSeconds, values } = table;
  const series = { name, stepSeconds, startSeconds, values, horizonSteps, windowSteps };
  if (entry) {
    if (entry.stepSeconds !== stepSeconds || entry.points !== values.length) {
      throw refused(table, 'is not the series that the file of cutoffs means');
    }
    return { series, cutoffs: entry.cutoffs };
  }
  const cutoffs =
    settings.stride === null
      ? evenOrigins(series, settings.origins ?? DEFAULT_ORIGINS)
      : strideOrigins(series, settings.stride);
  if (cutoffs.length > 0) return { series, cutoffs };
  const message =
    `${name}: ${values.length} steps are too few: the last quarter must hold ` +
    `the horizon, ${horizonSteps} steps, at least half of them observed`;
  throw new KedastralError('series_too_short', 'features', message);
}

function stepsOf(table: NamedTable, settings: WalkSettings): readonly [number, number] {
  const { stepSeconds } = table;
  if (settings.protocol === 'kv1') {
    const steps = KV1[stepSeconds];
    if (!steps) throw refused(table, `has steps of ${stepSeconds} s: kv1 knows 1m, 5m, 30m and 1h`);
    return steps;
  }
  const byDefault = stepSeconds <= FINE_STEP_SECONDS ? 3_600 : 86_400;
  const wanted = (settings.horizonSeconds ?? byDefault) / stepSeconds;
  const shortest = Math.floor(table.values.length / 8);
  const horizonSteps =
    settings.horizonSeconds === null
      ? Math.max(1, Math.min(Math.round(wanted), HORIZON_STEPS_MAX, shortest))
      : wanted;
  if (!Number.isInteger(horizonSteps) || horizonSteps > HORIZON_STEPS_MAX) {
    const rule = `a whole number of steps of ${stepSeconds} s, at most ${HORIZON_STEPS_MAX}`;
    throw refused(table, `--horizon must be ${rule}`);
  }
  const windowSteps = Math.floor(settings.historySeconds / stepSeconds);
  return [horizonSteps, Math.min(Math.max(1, windowSteps), HISTORY_STEPS_MAX)];
}

function refused({ name }: NamedTable, why: string): KedastralError {
  return new KedastralError('option_invalid', 'config', `${name}: ${why}`);
}
