import { createHash } from 'node:crypto';
import { VERSION } from '../version.ts';
import { MARKER } from './names.ts';
import { isObject, type Pod } from './pod.ts';

/** Collections that injection puts something into. */
export const COLLECTIONS = [
  'metadata',
  'annotations',
  'initContainers',
  'volumes',
  'imagePullSecrets',
] as const;

type Collection = (typeof COLLECTIONS)[number];

/** Whether a collection has nothing in it, which Kubernetes also writes as null. */
export function isEmpty(collection: unknown): boolean {
  return Object.keys(collection ?? {}).length === 0;
}

/** What takes injection back, beside the container, which is known by its name. */
export interface Undo {
  /** Annotations as they were before; null where there was none. */
  readonly annotations: Readonly<Record<string, string | null>>;
  /** The pull secret that was added. */
  readonly pullSecret?: string;
  /** Name of the volume that was added. */
  readonly volume?: string;
  /** Collections that were there without anything in them: null, or empty. */
  readonly empty?: Readonly<Partial<Record<Collection, unknown>>>;
}

/** What the marker annotation says: with which version and which outcome a pod was injected. */
export interface Marker {
  readonly version: string;
  /** The same for two pods whose sidecars are the same. */
  readonly hash: string;
  readonly undo: Undo;
}

const HASH_LENGTH = 16;

export function makeMarker(injected: unknown, undo: Undo): string {
  const digest = createHash('sha256').update(JSON.stringify(injected)).digest('hex');
  const marker: Marker = { version: VERSION, hash: digest.slice(0, HASH_LENGTH), undo };
  return JSON.stringify(marker);
}

/** The marker of a pod; null when it has none, or one that injection did not write. */
export function readMarker({ metadata }: Pod): Marker | null {
  try {
    const marker: unknown = JSON.parse(metadata?.annotations?.[MARKER] ?? 'null');
    return isMarker(marker) ? marker : null;
  } catch {
    return null;
  }
}

function isMarker(value: unknown): value is Marker {
  if (!isObject(value) || !isObject(value.undo)) return false;
  const { annotations, pullSecret, volume, empty } = value.undo;
  const isText = (text: unknown) => text === null || typeof text === 'string';
  return (
    typeof value.version === 'string' &&
    typeof value.hash === 'string' &&
    isObject(annotations) &&
    Object.values(annotations).every(isText) &&
    [pullSecret, volume].every((name) => name === undefined || typeof name === 'string') &&
    (empty === undefined || isObject(empty))
  );
}
