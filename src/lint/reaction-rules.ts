import { CONTAINER } from '../injector/names.ts';
import { runningContainers } from '../injector/pod.ts';
import { fieldsOf, listOf } from '../wiring/objects.ts';
import { minReplicas } from './replica-rules.ts';
import { finding, type Rule, type Scaled } from './scaled.ts';

const alone: Rule = (scaled) => {
  const { spec, triggers, way } = scaled;
  // A clock knows nothing of the load.
  const others = listOf(spec.triggers).filter((each, i) => {
    const isForecast = triggers.some(({ path }) => path.at(-1) === i);
    return !isForecast && fieldsOf(each).type !== 'cron';
  });
  const isAsleep = way === 'relay' && minReplicas(scaled) === 0;
  if (others.length > 0 || isAsleep) return [];
  const fix = 'add one on the raw metric, or on the CPU of the application';
  return [finding(scaled, 'reaction_missing', 'warning', ['spec', 'triggers'], fix)];
};

interface ResourceTrigger {
  readonly resource: 'cpu' | 'memory';
  readonly isUtilization: boolean;
  readonly containerName: unknown;
  readonly path: readonly (string | number)[];
}

function resourceTriggers({ spec }: Scaled): ResourceTrigger[] {
  return listOf(spec.triggers).flatMap((each, i) => {
    const { type, metadata, metricType = 'Utilization' } = fieldsOf(each);
    if (type !== 'cpu' && type !== 'memory') return [];
    const { containerName } = fieldsOf(metadata);
    const path = ['spec', 'triggers', i, 'metadata', 'containerName'];
    const isUtilization = metricType === 'Utilization';
    return [{ resource: type, isUtilization, containerName, path }];
  });
}

const ofSidecar: Rule = (scaled) =>
  resourceTriggers(scaled).flatMap(({ containerName, path }) => {
    const isMisled = containerName === undefined || containerName === CONTAINER;
    if (!isMisled || scaled.way !== 'direct') return [];
    const fix = 'name the container of the application';
    return [finding(scaled, 'reaction_container', 'warning', path, fix)];
  });

const blind: Rule = (scaled) => {
  const { target, near } = scaled;
  if (target === null) return [];
  const containers = runningContainers(target.pod).filter(({ name }) => name !== CONTAINER);
  const names = containers.map(({ name }) => name);
  // It may have a request for all containers that name none.
  const hasDefaults = near.some(({ kind }) => kind === 'LimitRange');
  return resourceTriggers(scaled).flatMap(({ resource, isUtilization, containerName, path }) => {
    if (containerName === CONTAINER) return [];
    if (containerName !== undefined && !names.includes(String(containerName))) {
      const fix = `name one of ${names.join(', ')}`;
      return [finding(scaled, 'reaction_blind', 'error', path, fix)];
    }
    const bare = containers.find(({ name, resources }) => {
      const isMeant = containerName === undefined || containerName === name;
      return isMeant && !(resources?.requests?.[resource] ?? resources?.limits?.[resource]);
    });
    if (bare === undefined || !isUtilization || hasDefaults) return [];
    const fix = `give container ${bare.name} a request of ${resource}`;
    return [finding(scaled, 'reaction_blind', 'warning', path, fix)];
  });
};

/** Rules of what scales when the forecast is wrong. */
export const REACTION_RULES = [alone, ofSidecar, blind];
