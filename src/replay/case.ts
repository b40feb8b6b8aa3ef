import { readBehavior } from './case-behavior.ts';
import { type CasePoint, readPoints } from './case-series.ts';
import { Fields, refusal, SECONDS_MAX } from './fields.ts';
import type { HpaMetric, HpaSpec } from './hpa-spec.ts';
import { quantityMilli } from './quantity.ts';

/** One metric of a case with what it reads over time. */
export interface CaseMetric extends HpaMetric {
  /** In order of time; the metric reads each value from its time on. */
  readonly points: readonly CasePoint[];
}

/** A case of hpajudge: an HPA, what its metrics read, and how the pods come up. */
export interface HpaCase {
  readonly spec: HpaSpec & { readonly metrics: readonly CaseMetric[] };
  readonly startReplicas: number;
  /** In order of time. */
  readonly outside: readonly { readonly timeSeconds: number; readonly replicas: number }[];
  readonly podCreateSeconds: number;
  readonly podReadySeconds: number;
  /** Of one metric query. */
  readonly latencySeconds: number;
  readonly syncSeconds: number;
  readonly durationSeconds: number;
}

const METRIC_FIELDS = ['name', 'type', 'target', 'series', 'csv'];
const CASE_FIELDS = [
  ...['minReplicas', 'maxReplicas', 'behavior', 'metrics', ...METRIC_FIELDS],
  ...['startReplicas', 'durationSeconds', 'outside', 'podCreateSeconds', 'podReadySeconds'],
  ...['latencySeconds', 'syncSeconds', 'tolerance', 'downscaleStabilizationSeconds'],
  'featureGates',
];
const GATES = ['HPAScaleToZero', 'HPAConfigurableTolerance'];

/**
 * Reads a case as hpajudge does, refusing what its API server refuses.
 *
 * @param readFile gives the text of a CSV by its path as written in the case
 * @throws KedastralError option_invalid naming field and value
 */
export function readCase(text: string, readFile: (path: string) => string): HpaCase {
  const fields = new Fields(parse(text), '', CASE_FIELDS);
  const metrics = readMetrics(fields, readFile);
  const gates = readGates(fields.raw('featureGates'));
  const maxReplicas = fields.int('maxReplicas', 0, 1);
  const minReplicas = fields.int('minReplicas', 1, gates.HPAScaleToZero ? 0 : 1);
  if (minReplicas > maxReplicas) {
    throw refusal('maxReplicas', maxReplicas, `is below minReplicas ${minReplicas}`);
  }
  const syncSeconds = fields.seconds('syncSeconds', 15);
  if (syncSeconds < 0.001) throw refusal('syncSeconds', syncSeconds, 'is below 0.001');
  const latencySeconds = fields.seconds('latencySeconds', 1e-6);
  if (latencySeconds * metrics.length >= syncSeconds / 2) {
    const rule = 'times the metrics is half a syncSeconds or more: a sync would not be over';
    throw refusal('latencySeconds', latencySeconds, rule);
  }
  return {
    spec: {
      minReplicas,
      maxReplicas,
      metrics,
      behavior: readBehavior(fields.raw('behavior'), 'behavior'),
      tolerance: fields.number('tolerance', 0.1),
      downscaleStabilizationSeconds: fields.seconds('downscaleStabilizationSeconds', 300),
      isScaleToZeroOn: gates.HPAScaleToZero ?? false,
      isToleranceConfigurable: gates.HPAConfigurableTolerance ?? true,
    },
    startReplicas: fields.int('startReplicas', 1, 0),
    outside: readOutside(fields),
    podCreateSeconds: fields.seconds('podCreateSeconds', 0),
    podReadySeconds: fields.seconds('podReadySeconds', 0),
    latencySeconds,
    syncSeconds,
    durationSeconds: durationOf(fields.seconds('durationSeconds', 0), metrics, syncSeconds),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('the whole', text, 'is not JSON');
  }
}

function readMetrics(fields: Fields, readFile: (path: string) => string): CaseMetric[] {
  const list = fields.list('metrics') ?? [];
  if (list.length === 0) return [readMetric(fields, 0, readFile)];
  return list.map(({ value, path }, i) =>
    readMetric(new Fields(value, path, METRIC_FIELDS), i, readFile),
  );
}

function readMetric(fields: Fields, i: number, readFile: (path: string) => string): CaseMetric {
  const name = fields.string('name', '') || `s${i}-desired_replicas`;
  if (/[/%]/.test(name) || name === '.' || name === '..') {
    throw refusal(fields.pathOf('name'), name, "is '.' or '..', or holds '/' or '%'");
  }
  const target = fields.string('target', '') || '1';
  const targetMilli = quantityMilli(target);
  if (targetMilli === null || targetMilli <= 0) {
    throw refusal(fields.pathOf('target'), target, 'is not a quantity > 0');
  }
  const type = fields.string('type', '') || 'AverageValue';
  if (type !== 'AverageValue' && type !== 'Value') {
    throw refusal(fields.pathOf('type'), type, 'is neither AverageValue nor Value');
  }
  return { name, type, targetMilli, points: readPoints(fields, readFile) };
}

/** As in hpajudge, only the first metric's series gives way to a duration that is given. */
function durationOf(given: number, metrics: readonly CaseMetric[], syncSeconds: number): number {
  let duration = given;
  for (const [i, { points }] of metrics.entries()) {
    const end = (points.at(-1)?.timeSeconds ?? 0) + syncSeconds;
    if (duration === 0 || (i > 0 && end > duration)) duration = end;
  }
  if (duration > SECONDS_MAX) {
    throw refusal('durationSeconds', duration, `as its series have it, is over ${SECONDS_MAX}`);
  }
  return duration;
}

function readOutside(fields: Fields): HpaCase['outside'] {
  const writes = (fields.list('outside') ?? []).map(({ value, path }) => {
    const write = new Fields(value, path, ['t', 'replicas']);
    return { timeSeconds: write.number('t', 0), replicas: write.int('replicas', 0, 0) };
  });
  return writes.sort((a, b) => a.timeSeconds - b.timeSeconds);
}

function readGates(value: unknown): Readonly<Record<string, boolean>> {
  if (value === undefined) return {};
  const fields = new Fields(value, 'featureGates', GATES);
  return Object.fromEntries(
    GATES.flatMap((gate) => {
      const isOn = fields.raw(gate);
      if (isOn === undefined) return [];
      if (typeof isOn !== 'boolean') throw refusal(fields.pathOf(gate), isOn, 'is not a boolean');
      return [[gate, isOn]];
    }),
  );
}
