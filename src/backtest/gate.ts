import { parseDecimal } from '../config/kinds.ts';
import type { Outcome } from '../replay/outcome.ts';
import { SEED_MODEL } from './replay.ts';
import type { GateResult, ModelResult, PolicyResult, SeriesResult } from './result.ts';

type Comparator = '>' | '>=' | '<' | '<=';

/** A condition that fails a run: a metric of ours, compared with a number or another policy's. */
export interface Gate {
  readonly metric: string;
  readonly comparator: Comparator;
  /** The number, or factor times what the named policy or model has. */
  readonly limit: number | { readonly factor: number; readonly name: string };
}

const OUTCOME_METRICS: Readonly<Record<string, (outcome: Outcome) => number>> = {
  pod_hours: (outcome) => outcome.podHours,
  unserved: (outcome) => outcome.unservedTotal,
  unserved_share: (outcome) => outcome.unservedShare,
  short_minutes: (outcome) => outcome.shortMinutes,
  short_depth: (outcome) => outcome.shortDepthMean,
  short_depth_max: (outcome) => outcome.shortDepthMax,
  utilisation_p99: (outcome) => outcome.utilisationP99,
  scale_events: (outcome) => outcome.scaleUps + outcome.scaleDowns,
  scale_ups: (outcome) => outcome.scaleUps,
  scale_downs: (outcome) => outcome.scaleDowns,
  peak_lead: (outcome) => outcome.peakLeadSeconds ?? Number.NaN,
};

const MODEL_METRICS: Readonly<Record<string, (model: ModelResult) => number>> = {
  skill: (model) => model.skill,
  accuracy: (model) => model.accuracy,
  wape: (model) => model.wape,
  mae: (model) => model.mae,
  mase: (model) => model.mase,
  pinball: (model) => model.spl,
  cover90: (model) => model.coverage.find(({ level }) => level === 0.9)?.observed ?? Number.NaN,
  fit_ms: (model) => model.fitMs,
};

const POLICIES: readonly PolicyResult['role'][] = [
  'rival',
  'reactive',
  'keda',
  'seed',
  'oracle',
  'static',
  'actual',
];

const METRICS = [...Object.keys(OUTCOME_METRICS), ...Object.keys(MODEL_METRICS)];

export const GATE_RULE =
  'metric, one of > >= < <=, and a number, a policy or a factor of it, such as ' +
  `short_minutes>1.05*rival; metrics: ${METRICS.join(', ')}; policies: ${POLICIES.join(', ')} ` +
  '(of forecast metrics: a model)';

const GATE = /^\s*([a-z][a-z0-9_]*)\s*(>=|<=|>|<)\s*(?:([^\s*]+)\s*\*\s*)?(\S+)\s*$/;
const NAME = /^[a-z][a-z0-9-]*$/;

/** Reads a gate such as `short_minutes>reactive`, `skill < 0.2`; null when it is none. */
export function parseGate(text: string): Gate | null {
  const [, metric, comparator, factor, right] = GATE.exec(text) ?? [];
  if (metric === undefined || right === undefined || !METRICS.includes(metric)) return null;
  const limit = parseDecimal(right);
  if (limit !== undefined) {
    return factor === undefined ? { metric, comparator: comparator as Comparator, limit } : null;
  }
  const times = factor === undefined ? 1 : parseDecimal(factor);
  const isPolicy = POLICIES.some((policy) => policy === right);
  const isName = metric in OUTCOME_METRICS ? isPolicy : NAME.test(right) && !isPolicy;
  if (!isName || times === undefined) return null;
  return { metric, comparator: comparator as Comparator, limit: { factor: times, name: right } };
}

/** The gate as it is written shortest; `parseGate` reads it back. */
export function formatGate({ metric, comparator, limit }: Gate): string {
  if (typeof limit === 'number') return `${metric}${comparator}${limit}`;
  const factor = limit.factor === 1 ? '' : `${limit.factor}*`;
  return `${metric}${comparator}${factor}${limit.name}`;
}

/** Whether a gate speaks of pods, which only a replay tells. */
export function needsReplay({ metric }: Gate): boolean {
  return metric in OUTCOME_METRICS;
}

/**
 * Checks a gate on one series. What cannot be measured fails: a gate that saw nothing passed
 * nothing.
 */
export function checkGate(gate: Gate, series: SeriesResult): GateResult {
  const measured = measuredOf(gate.metric, series, null);
  const limit =
    typeof gate.limit === 'number'
      ? gate.limit
      : gate.limit.factor * measuredOf(gate.metric, series, gate.limit.name);
  const isKnown = isJudged({ measured, limit });
  return {
    gate: formatGate(gate),
    series: series.name,
    measured,
    limit,
    isFailed: !isKnown || holds(measured, gate.comparator, limit),
  };
}

/** Whether both sides of a gate were there to be compared. */
export function isJudged({ measured, limit }: Pick<GateResult, 'measured' | 'limit'>): boolean {
  return !Number.isNaN(measured) && !Number.isNaN(limit);
}

/** @param name of a policy or model; null: ours, the chosen model */
function measuredOf(metric: string, { models, replay }: SeriesResult, name: string | null): number {
  const ofOutcome = OUTCOME_METRICS[metric];
  if (ofOutcome) {
    const isMeant = (one: PolicyResult) =>
      name === 'seed' ? one.model === SEED_MODEL : one.role === (name ?? 'ours');
    const policy = replay?.policies.find(isMeant);
    return policy ? ofOutcome(policy.outcome) : Number.NaN;
  }
  const model = name === null ? models[0] : models.find((one) => one.model === name);
  return model ? (MODEL_METRICS[metric]?.(model) ?? Number.NaN) : Number.NaN;
}

function holds(measured: number, comparator: Comparator, limit: number): boolean {
  switch (comparator) {
    case '>':
      return measured > limit;
    case '>=':
      return measured >= limit;
    case '<':
      return measured < limit;
    case '<=':
      return measured <= limit;
  }
}
