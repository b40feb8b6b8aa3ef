import { servedOf, type WorkloadView } from '../loop/workloads.ts';
import { orError } from './or-error.ts';
import { parseOverride } from './override.ts';
import { type Query, workloadIn } from './query.ts';
import type { Change, Reply, Route, RouteParts } from './route.ts';

/** `/override`: what a person orders for a workload. Each answer says what is served now. */
export function overrideRoute(parts: RouteParts): Route {
  const { workloads, overrides, clock, overrideMaxSeconds = 0 } = parts;

  const state = (view: WorkloadView): Reply => {
    const { identity: workload, serving } = view;
    const override = overrides.of(workload);
    const served = orError(() => servedOf(view, override, serving.leadTimeSeconds, clock));
    return { body: { workload, override, served } };
  };

  const put = async (query: Query, { body, by }: Change): Promise<Reply> => {
    const view = workloadIn(query, workloads);
    const { minReplicas, maxReplicas } = view.serving;
    const nowSeconds = clock.nowMs() / 1000;
    const limits = { minReplicas, maxReplicas, nowSeconds, maxSeconds: overrideMaxSeconds };
    await overrides.set(view.identity, parseOverride(body, by, limits));
    return state(view);
  };

  const clear = async (query: Query, { by }: Change): Promise<Reply> => {
    const view = workloadIn(query, workloads);
    await overrides.clear(view.identity, by, overrideMaxSeconds);
    return state(view);
  };

  return {
    parameters: ['workload'],
    reply: (query) => state(workloadIn(query, workloads)),
    changes: { PUT: put, DELETE: clear },
  };
}
