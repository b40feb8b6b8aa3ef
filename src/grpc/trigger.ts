import { parseDuration } from '../config/duration.ts';
import { KedastralError, quoted } from '../errors.ts';
import type { Workloads, WorkloadView } from '../loop/workloads.ts';
import type { ScaledObjectRef } from './generated/externalscaler.ts';

const METRIC_NAME = 'desired_replicas';

/** The metric's name as the trigger has it: a matter of configuration alone. */
export function metricNameOf(ref: ScaledObjectRef | undefined): string {
  return ref?.scalerMetadata.metricName || METRIC_NAME;
}

/**
 * The workload a trigger means: the one its metadata names, else the process' only one, else the
 * one named like the ScaledObject. A bare name is first looked for in that one's namespace.
 *
 * @throws KedastralError workload_unknown
 */
export function workloadOf(workloads: Workloads, ref: ScaledObjectRef | undefined): WorkloadView {
  const named = ref?.scalerMetadata.workload;
  const only = named ? undefined : workloads.only;
  if (only) return only;
  const name = named || ref?.name || '';
  const found = workloads.resolve(name, ref?.namespace);
  if (found) return found;
  throw workloads.unknown(name, 'grpc');
}

/**
 * The trigger's own lead time, or the workload's.
 *
 * @throws KedastralError parameter_invalid, with the field and its value
 */
export function leadSecondsOf(ref: ScaledObjectRef | undefined, defaultSeconds: number): number {
  const text = ref?.scalerMetadata.leadTime;
  if (!text) return defaultSeconds;
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new KedastralError(
    'parameter_invalid',
    'grpc',
    `leadTime ${quoted(text)} is not a duration such as 5m or 90s`,
  );
}
