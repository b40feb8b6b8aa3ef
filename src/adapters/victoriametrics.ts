import type { Clock } from '../clock.ts';
import type { DataAdapter } from './adapter.ts';
import { type Dialect, type PrometheusOptions, rangeQueryAdapter } from './prometheus.ts';

/**
 * What differs from Prometheus (docs.victoriametrics.com, "Prometheus querying API enhancements"):
 *
 * - nocache: without it a query of 50 points or more has its start and end moved, so that the reply
 *   fits its cache, and a cached tail hides samples that came late.
 * - latency_offset: by default the last 30 s before now are not answered from samples but repeat
 *   older values, which would pass for fresh ones. Waiting for late samples is `settle`'s affair.
 *   1 ms, because 0 is taken since 1.88 only. Servers before 1.85 do not know the field: at steps
 *   under a minute their newest 30 s are such copies, which the next ticks' answers put right.
 * - deny_partial_response: a cluster whose storage node is down answers with what the others hold,
 *   which is refused (prometheus-reply.ts); so the fault says which node.
 */
const VICTORIA_METRICS: Dialect = {
  name: 'victoriametrics',
  fields: { nocache: '1', latency_offset: '1ms', deny_partial_response: '1' },
};

/** VictoriaMetrics, single node or cluster (promUrl then ends in /select/<account>/prometheus). */
export function victoriametricsAdapter(options: PrometheusOptions, clock: Clock): DataAdapter {
  return rangeQueryAdapter(VICTORIA_METRICS, options, clock);
}
