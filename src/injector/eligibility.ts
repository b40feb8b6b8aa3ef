import { MESH_PROXIES } from './mesh.ts';
import { CONTAINER, INJECT_LABEL } from './names.ts';
import { type Container, type Pod, type PodSpec, runningContainers } from './pod.ts';

/** Why a pod stays as it is, though nothing is wrong with it. */
export type SkipReason =
  | 'already_injected'
  | 'host_network'
  | 'mirror_pod'
  | 'windows'
  | 'job'
  | 'ends'
  | 'daemon_set';

/** Null where all is well. */
export const SKIP_WORDS: Readonly<Record<SkipReason, string | null>> = {
  already_injected: null,
  host_network: 'it is on the network of its node, where two pods would fight for the ports',
  mirror_pod: 'it is the mirror of a static pod',
  windows: 'it is for Windows nodes',
  job: 'a sidecar would keep its Job from ending: set kedastral.io/native-sidecar',
  ends:
    'its restartPolicy lets it end, from which a sidecar would keep it: ' +
    'set kedastral.io/native-sidecar',
  daemon_set: 'it is of a DaemonSet, which is not scaled',
};

const MIRROR = 'kubernetes.io/config.mirror';

/** The first reason to leave a pod as it is, or null. */
export function skipReason(
  pod: Pod,
  ownerKind: string | undefined,
  isNative: boolean,
): SkipReason | null {
  const { metadata, spec } = pod;
  const annotations = metadata?.annotations ?? {};
  if (isInjected(pod)) return 'already_injected';
  if (MIRROR in annotations || ownerKind === 'Node') return 'mirror_pod';
  if (spec.hostNetwork === true) return 'host_network';
  if (isForWindows(spec)) return 'windows';
  if (ownerKind === 'DaemonSet') return 'daemon_set';
  if (isNative) return null;
  if (ownerKind === 'Job') return 'job';
  return (spec.restartPolicy ?? 'Always') === 'Always' ? null : 'ends';
}

function isForWindows({ os, nodeSelector }: PodSpec): boolean {
  return os?.name === 'windows' || nodeSelector?.['kubernetes.io/os'] === 'windows';
}

/** The container of the sidecar: a marker alone may be left of one that someone took out. */
export function sidecarIn({ spec }: Pod): Container | undefined {
  return [...spec.containers, ...(spec.initContainers ?? [])].find(
    ({ name }) => name === CONTAINER,
  );
}

export function isInjected(pod: Pod): boolean {
  return sidecarIn(pod) !== undefined;
}

export function isAsked({ metadata }: Pod): boolean {
  return metadata?.labels?.[INJECT_LABEL] === 'true';
}

/** The first container of the application, and not of those that are put beside it. */
export function applicationIn(pod: Pod): Container | undefined {
  const others: readonly string[] = [CONTAINER, ...Object.values(MESH_PROXIES)];
  return runningContainers(pod).find(({ name }) => !others.includes(name));
}
