import { expect } from 'vitest';
import type { KubeObject } from '../manifests/objects.ts';
import { until } from '../parts/until.ts';
import type { Cluster } from './cluster.ts';
import { lostFields } from './lost-fields.ts';

const READY_MS_MAX = 60_000;
const KEDASTRAL_TYPES = ['external', 'external-push'];

/**
 * The ScaledObject with the address of a process beside the cluster: no image of the sidecar has to
 * run in pods, and the names of Services need not be known where KEDA runs.
 */
export function askingBeside(scaledObject: KubeObject, address: string): KubeObject {
  const asking = structuredClone(scaledObject);
  for (const { type, metadata } of asking.spec.triggers) {
    if (KEDASTRAL_TYPES.includes(type)) metadata.scalerAddress = address;
  }
  return asking;
}

/** The HPA that KEDA makes of a ScaledObject, once KEDA calls it Ready and asks every trigger. */
export async function hpaOf(cluster: Cluster, scaledObject: KubeObject): Promise<KubeObject> {
  const path = await cluster.pathOf(scaledObject);
  const { namespace, name } = scaledObject.metadata;
  return until(
    `ScaledObject ${namespace}/${name} is Ready, with all its triggers`,
    async () => {
      const { status } = (await cluster.get(path)) ?? {};
      const condition = status?.conditions?.find(({ type }: KubeObject) => type === 'Ready');
      const hpa = condition?.status === 'True' ? await anyHpaOf(cluster, scaledObject) : null;
      return hpa?.spec.metrics.length === scaledObject.spec.triggers.length ? hpa : null;
    },
    READY_MS_MAX,
  );
}

/** The HPA as it is now, of whatever triggers; null where there is none. */
export async function anyHpaOf(cluster: Cluster, { metadata }: KubeObject): Promise<KubeObject> {
  const { namespace, name } = metadata;
  const hpas = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
  return cluster.get(`${hpas}/keda-hpa-${name}`);
}

/** Holds the HPA that KEDA made against what its ScaledObject means. */
export function expectHpa(hpa: KubeObject, { spec }: KubeObject): void {
  const { minReplicaCount, maxReplicaCount, scaleTargetRef, advanced, triggers } = spec;
  expect(hpa.spec).toMatchObject({
    // KEDA alone goes to zero.
    minReplicas: Math.max(1, minReplicaCount),
    maxReplicas: maxReplicaCount,
    scaleTargetRef: { kind: 'Deployment', apiVersion: 'apps/v1', ...scaleTargetRef },
  });
  const behavior = advanced?.horizontalPodAutoscalerConfig?.behavior ?? {};
  expect(lostFields(behavior, hpa.spec.behavior, 'behavior')).toEqual([]);
  // KEDA puts resource metrics first.
  const metrics = triggers.map(metricMeant);
  for (const metric of metrics) {
    expect(hpa.spec.metrics).toContainEqual(expect.objectContaining(metric));
  }
}

/** The metric of an HPA that a trigger of a ScaledObject stands for. */
function metricMeant({ type, metadata }: KubeObject, index: number): KubeObject {
  if (type === 'cpu') {
    const target = { type: 'Utilization', averageUtilization: Number(metadata.value) };
    const containerResource = { name: 'cpu', container: metadata.containerName, target };
    return { type: 'ContainerResource', containerResource };
  }
  // The answer is a replica count, and its target is 1.
  const averageValue = KEDASTRAL_TYPES.includes(type) ? '1' : metadata.threshold;
  return {
    type: 'External',
    external: {
      metric: expect.objectContaining({ name: expect.stringMatching(`^s${index}-`) }),
      target: { type: 'AverageValue', averageValue },
    },
  };
}
