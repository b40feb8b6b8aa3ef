import type { Metadata, Owner } from './pod.ts';

/** The one that made the pod and keeps it, or undefined of a pod made by hand. */
export function controllerOf(metadata: Metadata): Owner | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/**
 * Name of the workload that a pod belongs to: a ReplicaSet's Deployment is its name without the
 * hash that the Deployment's controller put behind it and into the pod's labels. Null of a pod
 * that nothing owns.
 */
export function workloadNameOf(metadata: Metadata): string | null {
  const owner = controllerOf(metadata);
  if (!owner) return null;
  const hash = metadata.labels?.['pod-template-hash'];
  const isOfDeployment = owner.kind === 'ReplicaSet' && !!hash && owner.name.endsWith(`-${hash}`);
  return isOfDeployment ? owner.name.slice(0, -hash.length - 1) : owner.name;
}
