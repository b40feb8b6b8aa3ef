import { quantityNumber } from '../replay/quantity.ts';
import { type Fields, fieldsOf, listOf, numberOf, valueAt } from '../wiring/objects.ts';
import { BEHAVIOR } from '../wiring/scaled-object.ts';
import { maxReplicas } from './replica-rules.ts';
import { finding, type Rule, type Scaled } from './scaled.ts';
import { leadSeconds } from './time-rules.ts';

/** Of the HPA, where nothing is said. */
const TOLERANCE = 0.1;
const DOWN_WINDOW_SECONDS = 300;
/** Of the sidecar, where its options are not known; a step is seldom less. */
const UP_FACTOR = 2;
const STEP_SECONDS = 60;

const UP = [...BEHAVIOR, 'scaleUp'];
const DOWN = [...BEHAVIOR, 'scaleDown'];

function rulesAt(scaled: Scaled, path: readonly string[]): Fields {
  return fieldsOf(valueAt(scaled.object.value, path));
}

const upStabilization: Rule = (scaled) => {
  const seconds = numberOf(rulesAt(scaled, UP).stabilizationWindowSeconds) ?? 0;
  if (seconds === 0) return [];
  const path = [...UP, 'stabilizationWindowSeconds'];
  const severity = seconds >= (leadSeconds(scaled) ?? Infinity) ? 'error' : 'warning';
  const fix = 'set 0: the plan is of forecasts, which do not flap like samples';
  return [finding(scaled, 'up_stabilization', severity, path, fix)];
};

const upPolicies: Rule = (scaled) => {
  const { selectPolicy = 'Max', policies } = rulesAt(scaled, UP);
  if (selectPolicy === 'Disabled') {
    const fix = 'set Max, or leave it out';
    return [finding(scaled, 'up_disabled', 'error', [...UP, 'selectPolicy'], fix)];
  }
  const checks = listOf(policies).map((policy) => isFastEnough(fieldsOf(policy), scaled));
  const isEnough = selectPolicy === 'Min' ? checks.every(Boolean) : checks.some(Boolean);
  if (checks.length === 0 || isEnough) return [];
  const { upMaxFactor = UP_FACTOR, stepSeconds = STEP_SECONDS } = scaled.options ?? {};
  const percent = Math.ceil((upMaxFactor - 1) * 100);
  const fix = `allow ${percent} Percent in ${stepSeconds} s, as up-max-factor does, or more`;
  return [finding(scaled, 'up_slow', 'warning', [...UP, 'policies'], fix)];
};

/** Whether a policy lets the plan climb by up-max-factor in each of its steps. */
function isFastEnough({ type, value, periodSeconds }: Fields, scaled: Scaled): boolean {
  const { upMaxFactor = UP_FACTOR, stepSeconds = STEP_SECONDS } = scaled.options ?? {};
  const amount = numberOf(value) ?? 0;
  const periods = stepSeconds / (numberOf(periodSeconds) ?? stepSeconds);
  const steepest = maxReplicas(scaled) * (1 - 1 / upMaxFactor);
  return type === 'Percent'
    ? (1 + amount / 100) ** periods >= upMaxFactor - 1e-9
    : amount * periods >= steepest;
}

const downStabilization: Rule = (scaled) => {
  const given = numberOf(rulesAt(scaled, DOWN).stabilizationWindowSeconds);
  const seconds = given ?? DOWN_WINDOW_SECONDS;
  const { stepSeconds = STEP_SECONDS } = scaled.options ?? {};
  if (seconds <= 2 * Math.max(stepSeconds, STEP_SECONDS)) return [];
  const path = [...DOWN, 'stabilizationWindowSeconds'];
  const unset = `without it, it is ${DOWN_WINDOW_SECONDS}`;
  const fix = `set a step or two, such as ${stepSeconds} (${unset})`;
  return [finding(scaled, 'down_stabilization', 'warning', path, fix)];
};

const tolerance: Rule = (scaled) => {
  const given = rulesAt(scaled, UP).tolerance;
  // Before Kubernetes 1.35 it is the controller's own, which no manifest changes.
  if (!scaled.around.knowsTolerance) return [];
  const ratio = given === undefined ? TOLERANCE : (quantityNumber(String(given)) ?? TOLERANCE);
  // One pod more of n is a change of 1/n.
  if (ratio * maxReplicas(scaled) < 1) return [];
  const fix = 'set "0" (without it, it is 0.1; Kubernetes ≥ 1.35)';
  return [finding(scaled, 'tolerance', 'warning', [...UP, 'tolerance'], fix)];
};

export const BEHAVIOR_RULES = [upStabilization, upPolicies, downStabilization, tolerance];
