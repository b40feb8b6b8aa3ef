import type { Metadata, Owner } from './pod.ts';

/** The one that made the pod and keeps it, or undefined of a pod made by hand. */
export function controllerOf(metadata: Metadata): Owner | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** What the controllers of Deployments and of Argo's Rollouts put behind a ReplicaSet's name. */
const ARGO_HASH = 'rollouts-pod-template-hash';
const HASH_LABELS = ['pod-template-hash', ARGO_HASH];

/**
 * What the controller of CronJobs puts behind a Job's name: the minute at which it was due, since
 * the Unix epoch. From 2019 on, so that 20260101 is none.
 */
const DUE_MINUTE = /-(?:2[6-9]|[3-9]\d)\d{6}$/;

/**
 * Name of the workload that a pod belongs to: that of a ReplicaSet without the hash that its
 * controller put behind it and into the pod's labels, that of a Job without the minute of its run.
 * Null of a pod that nothing owns.
 */
export function workloadNameOf(metadata: Metadata): string | null {
  const owner = controllerOf(metadata);
  if (!owner) return null;
  if (owner.kind === 'Job') return owner.name.replace(DUE_MINUTE, '');
  if (owner.kind !== 'ReplicaSet') return owner.name;
  const hash = HASH_LABELS.map((label) => metadata.labels?.[label]).find(
    (text) => !!text && owner.name.endsWith(`-${text}`),
  );
  return hash === undefined ? owner.name : owner.name.slice(0, -hash.length - 1);
}

/** Whether the pod is of a Rollout of Argo. */
export function isOfRollout({ labels }: Metadata): boolean {
  return !!labels?.[ARGO_HASH];
}
