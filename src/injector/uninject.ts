import { readMarker, type Undo } from './marker.ts';
import { CONTAINER, MARKER } from './names.ts';
import type { Pod } from './pod.ts';

/**
 * Takes back what `inject` did: the same pod, byte for byte, unless someone changed it since.
 * Undefined of a pod without marker: a sidecar written by hand is its writer's.
 */
export function uninject(pod: Pod): Pod | undefined {
  const marker = readMarker(pod);
  if (!marker) return undefined;
  const { undo } = marker;
  const { metadata, spec } = pod;
  const annotations = { ...metadata?.annotations };
  delete annotations[MARKER];
  for (const [name, before] of Object.entries(undo.annotations)) {
    if (before === null) delete annotations[name];
    else annotations[name] = before;
  }
  const isOther = ({ name }: { readonly name?: string }) => name !== CONTAINER;
  const changed: [keyof Pod['spec'], readonly unknown[] | undefined][] = [
    ['containers', spec.containers.filter(isOther)],
    ['initContainers', spec.initContainers?.filter(isOther)],
    ['volumes', spec.volumes?.filter(({ name }) => name !== undo.volume)],
    ['imagePullSecrets', spec.imagePullSecrets?.filter(({ name }) => name !== undo.pullSecret)],
  ];
  const bare = { ...metadata };
  restore(bare, 'annotations', metadata?.annotations, annotations, undo);
  const bareSpec = { ...spec };
  for (const [name, left] of changed) restore(bareSpec, name, spec[name], left, undo);
  const result = { ...pod, spec: bareSpec };
  restore(result, 'metadata', metadata, bare, undo);
  return result;
}

/** Puts in what is left of a collection; one that injection made, and filled alone, goes. */
function restore(
  target: object,
  name: string,
  present: unknown,
  left: object | undefined,
  { empty = {} }: Undo,
): void {
  if (left === undefined) return;
  const count = (value: object) => Object.keys(value).length;
  const fields = target as Record<string, unknown>;
  const isEmptied = count(left) === 0 && count(present as object) > 0;
  if (!isEmptied) {
    if (count(left) < count(present as object) || name === 'metadata' || name === 'annotations') {
      fields[name] = left;
    }
  } else if (Object.hasOwn(empty, name)) {
    fields[name] = (empty as Record<string, unknown>)[name];
  } else delete fields[name];
}
