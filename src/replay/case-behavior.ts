import { Fields, refusal } from './fields.ts';
import type { Behavior, ScalingPolicy, ScalingRules } from './hpa-spec.ts';
import { quantityNumber } from './quantity.ts';

/** Limits of the API server (validation.go of autoscaling). */
const WINDOW_SECONDS_MAX = 3_600;
const PERIOD_SECONDS_MAX = 1_800;
const SELECTIONS = ['Max', 'Min', 'Disabled'] as const;

/** Reads `behavior` of autoscaling/v2; null when it is absent. */
export function readBehavior(value: unknown, path: string): Behavior | null {
  if (value === undefined || value === null) return null;
  const fields = new Fields(value, path, ['scaleUp', 'scaleDown']);
  return {
    scaleUp: readRules(fields.raw('scaleUp'), fields.pathOf('scaleUp')),
    scaleDown: readRules(fields.raw('scaleDown'), fields.pathOf('scaleDown')),
  };
}

function readRules(value: unknown, path: string): ScalingRules | undefined {
  if (value === undefined) return undefined;
  const fields = new Fields(value, path, [
    ...['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance'],
  ]);
  const policies = fields.list('policies')?.map((entry) => readPolicy(entry.value, entry.path));
  if (policies?.length === 0) throw refusal(fields.pathOf('policies'), [], 'has no policy');
  const window = 'stabilizationWindowSeconds';
  return {
    stabilizationWindowSeconds:
      fields.raw(window) === undefined ? undefined : atMost(fields, window, 0, WINDOW_SECONDS_MAX),
    selectPolicy:
      fields.raw('selectPolicy') === undefined
        ? undefined
        : fields.oneOf<'Max' | 'Min' | 'Disabled'>('selectPolicy', 'Max', SELECTIONS),
    policies,
    tolerance: readTolerance(fields.raw('tolerance'), fields.pathOf('tolerance')),
  };
}

function readPolicy(value: unknown, path: string): ScalingPolicy {
  const fields = new Fields(value, path, ['type', 'value', 'periodSeconds']);
  if (fields.raw('type') === undefined) throw refusal(fields.pathOf('type'), undefined, 'given');
  return {
    type: fields.oneOf('type', 'Pods', ['Pods', 'Percent']),
    value: fields.int('value', 0, 1),
    periodSeconds: atMost(fields, 'periodSeconds', 1, PERIOD_SECONDS_MAX),
  };
}

function atMost(fields: Fields, name: string, least: number, most: number): number {
  const value = fields.int(name, 0, least);
  if (value <= most) return value;
  throw refusal(fields.pathOf(name), value, `is over ${most}`);
}

function readTolerance(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  const isText = typeof value === 'string' || typeof value === 'number';
  const tolerance = isText ? quantityNumber(String(value).trim()) : null;
  if (tolerance !== null && tolerance >= 0) return tolerance;
  throw refusal(path, value, 'is not a quantity ≥ 0');
}
