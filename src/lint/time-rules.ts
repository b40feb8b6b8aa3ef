import { formatDuration, parseDuration } from '../config/duration.ts';
import { CONTAINER } from '../injector/names.ts';
import { fieldsOf, numberOf } from '../wiring/objects.ts';
import { finding, type Rule, type Scaled } from './scaled.ts';

/** Of a probe, where nothing is said. */
const PERIOD_SECONDS = 10;
const FAILURES = 3;

/** The lead time that triggers are answered with; undefined when it is not known. */
export function leadSeconds(scaled: Scaled): number | undefined {
  const { triggers } = scaled;
  const own = triggers.flatMap(({ metadata }) => parseDuration(metadata.leadTime ?? '') ?? []);
  return own.length > 0 ? Math.min(...own) : scaled.options?.leadTimeSeconds;
}

const measured: Rule = (scaled) => {
  const { triggers, around } = scaled;
  const needed = around.podStartSeconds;
  const lead = leadSeconds(scaled);
  if (needed === null || lead === undefined || lead >= needed) return [];
  const said = triggers.find(({ metadata }) => 'leadTime' in metadata) ?? triggers[0];
  const path = [...(said?.path ?? []), 'metadata', 'leadTime'];
  const fix = `it is ${formatDuration(lead)}, and a pod takes ${formatDuration(needed)}: set more`;
  return [finding(scaled, 'lead_time_short', 'error', path, fix)];
};

/** Without a measurement, what the probes let a pod take. */
const hinted: Rule = (scaled) => {
  const { target, around } = scaled;
  const lead = leadSeconds(scaled);
  if (target === null || around.podStartSeconds !== null || lead === undefined) return [];
  const ready = numberOf(fieldsOf(target.object.value.spec).minReadySeconds) ?? 0;
  return target.pod.spec.containers.flatMap((container, i) => {
    if (container.name === CONTAINER) return [];
    const path = ['spec', 'template', 'spec', 'containers', i];
    const probes = [
      ['startupProbe', startSeconds(fieldsOf(container.startupProbe))],
      ['readinessProbe', numberOf(fieldsOf(container.readinessProbe).initialDelaySeconds) ?? 0],
    ] as const;
    return probes.flatMap(([probe, seconds]) => {
      const needed = seconds + ready;
      if (seconds === 0 || needed <= lead) return [];
      const fix =
        `a pod may take ${formatDuration(needed)}, and the lead time is ${formatDuration(lead)}: ` +
        'measure, and say --pod-start';
      return [finding(target, 'lead_time_short', 'warning', [...path, probe], fix)];
    });
  });
};

/** As long as a startup probe lets a container take; 0 without one. */
function startSeconds(probe: Readonly<Record<string, unknown>>): number {
  if (Object.keys(probe).length === 0) return 0;
  const period = numberOf(probe.periodSeconds) ?? PERIOD_SECONDS;
  const failures = numberOf(probe.failureThreshold) ?? FAILURES;
  return (numberOf(probe.initialDelaySeconds) ?? 0) + period * failures;
}

export const TIME_RULES = [measured, hinted];
