import { encoded, KedastralError } from '../errors.ts';
import type { Snapshot } from '../forecast/snapshot.ts';

/** The most that the option `max` may say. */
export const REPLICAS_MAX = 1_000_000;

/** A snapshot as the text that a store keeps: the JSON of `GET /forecast/current`. */
export function encodeSnapshot(snapshot: Snapshot): string {
  return JSON.stringify(snapshot);
}

/**
 * Reads a stored snapshot. Fields that this version does not know are kept, so that a newer sidecar
 * and an older one can share a store.
 *
 * @throws KedastralError store_value when it is not the snapshot of that workload
 */
export function decodeSnapshot(text: string, workload: string): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(workload, 'it is not JSON');
  }
  if (!isRecord(value)) throw unreadable(workload, 'it is not an object');
  const wrong = Object.keys(FIELDS).find((name) => !FIELDS[name as keyof Snapshot](value[name]));
  if (wrong) throw unreadable(workload, `its field ${wrong} is missing or malformed`);
  const snapshot = value as unknown as Snapshot;
  if (snapshot.workload !== workload) throw unreadable(workload, 'it is of another workload');
  const steps = snapshot.horizonSeconds / snapshot.stepSeconds;
  const { values, desiredReplicas, quantiles, deadband } = snapshot;
  const rows = [values, desiredReplicas, ...Object.values(quantiles)];
  if (deadband) rows.push(deadband.without);
  if (rows.some((row) => row.length !== steps)) {
    throw unreadable(workload, 'its arrays are not as long as the horizon');
  }
  const { minReplicas, maxReplicas } = snapshot.plan.policy;
  const planned = [...desiredReplicas, ...(deadband?.without ?? [])];
  if (snapshot.reactive) planned.push(snapshot.reactive.replicas);
  if (planned.some((count) => count < minReplicas || count > maxReplicas)) {
    throw unreadable(workload, 'its replicas are not within its policy');
  }
  if (encoded(value) === null) throw unreadable(workload, 'it is nested too deeply');
  return snapshot;
}

function unreadable(workload: string, why: string): KedastralError {
  const message = `the stored snapshot of ${workload} could not be read: ${why}`;
  return new KedastralError('store_value', 'store', message);
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
/** As Date writes it: of other forms some depend on the machine's time zone. */
const isTime: Check = (value) => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString() === value;
};
const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const isPositive: Check = (value) => isCount(value) && value !== 0;
const isNumbers: Check = (value) => Array.isArray(value) && value.every(Number.isFinite);
const isCounts: Check = (value) => Array.isArray(value) && value.every(isCount);
const isNumberOrNull: Check = (value) => value === null || Number.isFinite(value);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordOf(check: Check): Check {
  return (value) => isRecord(value) && Object.values(value).every(check);
}

function shape(fields: Record<string, Check>): Check {
  return (value) =>
    isRecord(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

const BOUNDS = shape({
  minReplicas: isCount,
  maxReplicas: (value) => isCount(value) && (value as number) <= REPLICAS_MAX,
});

const FIELDS: Record<keyof Snapshot, Check> = {
  workload: isText,
  metric: isText,
  generatedAt: isTime,
  stepSeconds: isPositive,
  horizonSeconds: isPositive,
  values: isNumbers,
  desiredReplicas: isCounts,
  cutoff: isTime,
  id: isText,
  optionsId: isText,
  quantiles: recordOf(isNumbers),
  risk: shape({
    method: isText,
    confidence: Number.isFinite,
    errors: isCount,
    effectiveErrors: Number.isFinite,
    tailFrom: Number.isFinite,
    drift: (value) => value === null || isRecord(value),
  }),
  peak: shape({
    leadTimeSeconds: Number.isFinite,
    steps: isPositive,
    method: isText,
    quantiles: recordOf(Number.isFinite),
    factor: Number.isFinite,
  }),
  model: shape({ requested: isText, answered: isText, reason: isText }),
  ensemble: optional(isRecord),
  dataQuality: shape({ points: isCount, missing: isCount, rejected: recordOf(isCount) }),
  plan: shape({
    sample: isNumberOrNull,
    previous: isNumberOrNull,
    policy: (value) => recordOf(Number.isFinite)(value) && BOUNDS(value),
    need: isNumbers,
    bounded: isNumbers,
    raised: isNumbers,
  }),
  renewedAt: optional(isTime),
  deadband: optional(shape({ present: isCounts, from: isText, without: isCounts })),
  reactive: optional(
    shape({
      at: isTime,
      value: Number.isFinite,
      need: Number.isFinite,
      bounded: isCount,
      replicas: isCount,
    }),
  ),
};
