import { podPath } from './bare-pods.ts';
import type { Kubernetes } from './kubernetes.ts';
import { isObject } from './pod.ts';

const CONTAINER = 'injector';

/**
 * The image that this very pod runs, which has the sidecar in it, too: whoever changes the image of
 * the injector, say with kustomize, then changes that of the sidecars.
 *
 * @throws KubernetesError, or Error when the pod or its container is not there
 */
export async function ownImage(
  kubernetes: Kubernetes,
  namespace: string,
  podName: string,
): Promise<string> {
  const { items } = await kubernetes.get(podPath(namespace, podName));
  const pod: unknown = Array.isArray(items) ? items[0] : undefined;
  const spec = isObject(pod) && isObject(pod.spec) ? pod.spec : {};
  const containers = (Array.isArray(spec.containers) ? spec.containers : []).filter(isObject);
  const image = containers.find(({ name }) => name === CONTAINER)?.image;
  if (typeof image === 'string') return image;
  throw new Error(`pod ${namespace}/${podName} has no container ${CONTAINER}`);
}
