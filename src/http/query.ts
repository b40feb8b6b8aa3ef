import { parseDuration } from '../config/duration.ts';
import { parseIdentity } from '../config/workload.ts';
import { KedastralError, quoted } from '../errors.ts';
import type { Workloads, WorkloadView } from '../loop/workloads.ts';

export type Query = Readonly<Record<string, string>>;

/**
 * The parameters of a request.
 *
 * @param url absolute or not, with or without `?`
 * @param known the parameters that its route takes
 * @throws KedastralError parameter_invalid for an unknown or repeated one: `workload=my-api&x=1` is
 * more likely an unescaped name than a wish for `my-api`
 */
export function parseQuery(url: string, known: readonly string[]): Query {
  const mark = url.indexOf('?');
  if (mark < 0) return {};
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    if (!known.includes(name)) throw invalid(`parameter ${quoted(name)} is unknown`);
    if (query[name] !== undefined) throw invalid(`parameter ${name} is given more than once`);
    query[name] = value;
  }
  return query;
}

/**
 * The workload a request means: the process' own when it names none.
 *
 * @throws KedastralError workload_malformed, workload_unknown, parameter_invalid
 */
export function workloadIn(query: Query, workloads: Workloads): WorkloadView {
  const { workload } = query;
  if (workload === undefined) {
    if (workloads.only) return workloads.only;
    throw invalid('parameter workload is needed: this process forecasts several');
  }
  const found = workloads.resolve(workload);
  if (found) return found;
  if (!parseIdentity(workload)) {
    throw new KedastralError(
      'workload_malformed',
      'http',
      `${quoted(workload)} is not [namespace/]name in DNS-1123`,
    );
  }
  throw workloads.unknown(workload, 'http');
}

/** @throws KedastralError parameter_invalid */
export function leadSecondsIn(query: Query, defaultSeconds: number): number {
  if (query.leadTime === undefined) return defaultSeconds;
  const seconds = parseDuration(query.leadTime);
  if (seconds !== undefined) return seconds;
  throw invalid(`leadTime ${quoted(query.leadTime)} is not a duration such as 5m or 90s`);
}

/** @throws KedastralError parameter_invalid */
export function wantsAllSteps(query: Query): boolean {
  if (query.steps === undefined || query.steps === 'window') return false;
  if (query.steps === 'all') return true;
  throw invalid(`steps ${quoted(query.steps)} is neither window nor all`);
}

/**
 * Whether what was forecast last is meant, before it comes into force: a scaler fetches it in time,
 * so that it changes together with the forecaster.
 *
 * @throws KedastralError parameter_invalid
 */
export function wantsNewest(query: Query): boolean {
  if (query.newest === undefined || query.newest === 'false') return false;
  if (query.newest === 'true') return true;
  throw invalid(`newest ${quoted(query.newest)} is neither true nor false`);
}

function invalid(message: string): KedastralError {
  return new KedastralError('parameter_invalid', 'http', message);
}
