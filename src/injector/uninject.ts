import { isEmpty, readMarker, type Undo } from './marker.ts';
import { CONTAINER, MARKER } from './names.ts';
import type { Pod } from './pod.ts';

/**
 * Takes back what `inject` did: the same pod, byte for byte, unless someone changed it since.
 * Undefined of a pod without marker: a sidecar written by hand is its writer's.
 */
export function uninject(pod: Pod): Pod | undefined {
  const marker = readMarker(pod);
  if (!marker) return undefined;
  const { annotations: before, pullSecret, volume, empty = {} } = marker.undo;
  const annotations = { ...pod.metadata?.annotations };
  delete annotations[MARKER];
  for (const [name, text] of Object.entries(before)) {
    if (text === null) delete annotations[name];
    else annotations[name] = text;
  }
  const { containers, initContainers, volumes, imagePullSecrets } = pod.spec;
  const isOther = ({ name }: { readonly name: string }) => name !== CONTAINER;
  const spec = withLeft(pod.spec, empty, {
    containers: containers.filter(isOther),
    initContainers: initContainers?.filter(isOther),
    volumes: volumes?.filter(({ name }) => name !== volume),
    imagePullSecrets: imagePullSecrets?.filter(({ name }) => name !== pullSecret),
  });
  const metadata = withLeft(pod.metadata ?? {}, empty, { annotations });
  return withLeft(pod, empty, { metadata, spec });
}

/** The object with what is left of its collections; one that injection alone filled goes. */
function withLeft<T extends object>(
  object: T,
  empty: NonNullable<Undo['empty']>,
  left: { readonly [K in keyof T]?: T[K] | undefined },
): T {
  const fields = { ...object } as Record<string, unknown>;
  for (const [name, value] of Object.entries(left)) {
    if (value === undefined) continue;
    const isEmptied = isEmpty(value) && !isEmpty(fields[name]);
    if (!isEmptied) fields[name] = value;
    else if (Object.hasOwn(empty, name)) fields[name] = empty[name as keyof typeof empty];
    else delete fields[name];
  }
  return fields as T;
}
