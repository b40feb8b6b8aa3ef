import type { Clock } from '../clock.ts';
import type { AdapterName } from '../config/options.ts';
import type { DataAdapter } from './adapter.ts';
import { adapterFault } from './faults.ts';
import { type PrometheusOptions, prometheusAdapter } from './prometheus.ts';
import { syntheticAdapter } from './synthetic.ts';

/**
 * The options of every adapter, named as the sidecar's flags; each takes those that are its own.
 */
export interface AdapterOptions
  extends Partial<Omit<PrometheusOptions, 'workload' | 'promUrl' | 'promQuery'>> {
  readonly promUrl?: string | null | undefined;
  readonly promQuery?: string | null | undefined;
  readonly adapter: AdapterName;
  readonly workload: { readonly namespace?: string | null | undefined; readonly name: string };
  readonly stepSeconds: number;
  readonly historySeconds?: number | undefined;
  readonly httpUrl?: string | null | undefined;
  readonly httpValuePath?: string | null | undefined;
  readonly httpTimePath?: string | null | undefined;
  readonly replayFile?: string | null | undefined;
  readonly replaySpeed?: number | undefined;
}

/**
 * The adapter that the options name. The rarer ones are loaded only here, as chunks of their own.
 *
 * @throws KedastralError option_invalid
 */
export async function createAdapter(options: AdapterOptions, clock: Clock): Promise<DataAdapter> {
  const { adapter } = options;
  switch (adapter) {
    case 'http': {
      const { httpAdapter } = await import('./http.ts');
      const httpUrl = required('http-url', options.httpUrl, adapter);
      const httpValuePath = required('http-value-path', options.httpValuePath, adapter);
      return httpAdapter({ ...options, httpUrl, httpValuePath }, clock);
    }
    case 'prometheus':
      return prometheusAdapter(queryOptions(options), clock);
    case 'replay': {
      const { replayAdapter } = await import('./replay.ts');
      const replayFile = required('replay-file', options.replayFile, adapter);
      return replayAdapter(
        { ...options, replayFile, replaySpeed: options.replaySpeed ?? 1 },
        clock,
      );
    }
    case 'synthetic':
      return syntheticAdapter(options, clock);
    case 'victoriametrics': {
      const { victoriametricsAdapter } = await import('./victoriametrics.ts');
      return victoriametricsAdapter(queryOptions(options), clock);
    }
  }
}

/** Queries beside the one that is forecast. */
export interface SideQueryOptions extends AdapterOptions {
  readonly reactiveQuery: string | null;
  readonly replicasQuery: string | null;
  readonly upQuery: string | null;
}

/**
 * The same source asked other queries, where there are any.
 *
 * @throws KedastralError option_invalid
 */
export async function createSideQueries(options: SideQueryOptions, clock: Clock) {
  const of = async (query: string | null): Promise<DataAdapter | null> =>
    query === null ? null : createAdapter({ ...options, promQuery: query }, clock);
  const [reactive, replicas, up] = await Promise.all([
    of(options.reactiveQuery),
    of(options.replicasQuery),
    of(options.upQuery),
  ]);
  return { reactive, replicas, up };
}

function queryOptions(options: AdapterOptions): PrometheusOptions {
  const promUrl = required('prom-url', options.promUrl, options.adapter);
  const promQuery = required('prom-query', options.promQuery, options.adapter);
  return { ...options, promUrl, promQuery };
}

function required(option: string, value: string | null | undefined, adapter: AdapterName): string {
  if (value) return value;
  throw adapterFault('option_invalid', `${option}: missing; adapter ${adapter} needs it`);
}
