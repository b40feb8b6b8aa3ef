import { type Pod, type Probe, runningContainers } from './pod.ts';

/** Names of the sidecar's ports, which manifests/service.yaml points at. */
export const PORT_NAMES = { http: 'forecast', grpc: 'scaler' } as const;

export interface SidecarPorts {
  readonly http: number;
  readonly grpc: number;
}

/**
 * Why the sidecar's ports cannot be had in a pod; empty when they can. A port counts as taken when
 * a container declares it, or is probed on it.
 */
export function portClashes(pod: Pod, { http, grpc }: SidecarPorts): string[] {
  const wanted = [
    { port: http, name: PORT_NAMES.http, option: 'listen' },
    { port: grpc, name: PORT_NAMES.grpc, option: 'grpc-listen' },
  ];
  return runningContainers(pod).flatMap((container) => {
    const ports = (container.ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
    const probes = [container.livenessProbe, container.readinessProbe, container.startupProbe];
    const numbers = new Set([
      ...ports.map(({ containerPort }) => containerPort),
      ...probes.flatMap(probedPorts),
    ]);
    return wanted.flatMap(({ port, name, option }) => {
      const taken = numbers.has(port)
        ? [`port ${port} is container ${container.name}'s: set kedastral.io/${option}`]
        : [];
      const isNamed = ports.some((each) => each.name === name);
      return isNamed
        ? [...taken, `container ${container.name} has a port named ${name}: rename it`]
        : taken;
    });
  });
}

function probedPorts(probe: Probe | null | undefined): number[] {
  return [probe?.httpGet, probe?.tcpSocket, probe?.grpc]
    .map((target) => Number(target?.port ?? Number.NaN))
    .filter(Number.isInteger);
}
