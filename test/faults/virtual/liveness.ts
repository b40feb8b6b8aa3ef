import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Container {
  readonly name: string;
  readonly livenessProbe?: {
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
    readonly terminationGracePeriodSeconds?: number;
  };
}

/**
 * How long at most a process that answers nothing lives, by manifests/deployment.yaml: it froze
 * just after a probe, fails as many as it takes, is told to end, does not hear it, and is killed.
 */
export function secondsUntilKilled(): number {
  const path = new URL('../../../manifests/deployment.yaml', import.meta.url);
  const { spec } = parse(readFileSync(path, 'utf8')).spec.template;
  const containers: readonly Container[] = spec.containers;
  const probe = containers.find(({ name }) => name === 'kedastral')?.livenessProbe;
  if (!probe) throw new Error('manifests/deployment.yaml has no liveness probe of the sidecar');
  const grace = probe.terminationGracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
  return probe.periodSeconds * probe.failureThreshold + probe.timeoutSeconds + grace;
}
