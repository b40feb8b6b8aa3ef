import { type Pod, runningContainers } from './pod.ts';
import type { SidecarPorts } from './ports.ts';

const ISTIO_EXCLUDED = 'traffic.sidecar.istio.io/excludeInboundPorts';
const LINKERD_SKIPPED = 'config.linkerd.io/skip-inbound-ports';

/** Containers of the meshes. */
export const MESH_PROXIES = { istio: 'istio-proxy', linkerd: 'linkerd-proxy' } as const;

type Mesh = keyof typeof MESH_PROXIES;

/** Labels and annotations of a namespace, as far as a mesh reads them. */
export interface NamespaceMarks {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const NO_MARKS: NamespaceMarks = { labels: {}, annotations: {} };

/**
 * Annotations that keep the sidecar's ports out of a mesh's interception: KEDA, the kubelet and
 * Prometheus are often outside of it. Lists that are there already are added to.
 *
 * @param namespace marks of the pod's namespace, where they are known
 */
export function meshAnnotations(
  pod: Pod,
  wish: 'auto' | Mesh | 'none',
  ports: SidecarPorts,
  namespace: NamespaceMarks = NO_MARKS,
): Record<string, string> {
  const present = (['istio', 'linkerd'] as const).filter((mesh) =>
    wish === 'auto' ? IS_PRESENT[mesh](pod, namespace) : wish === mesh,
  );
  const annotations = pod.metadata?.annotations ?? {};
  const wanted = [String(ports.http), String(ports.grpc)];
  const entries = present.flatMap((mesh) => {
    const name = mesh === 'istio' ? ISTIO_EXCLUDED : LINKERD_SKIPPED;
    const before = (annotations[name] ?? '').split(',').map((port) => port.trim());
    const list = before.filter((port) => port !== '');
    if (list.includes('*')) return [];
    const missing = wanted.filter((port) => !list.includes(port));
    return missing.length === 0 ? [] : [[name, [...list, ...missing].join(',')] as const];
  });
  return Object.fromEntries(entries);
}

const IS_PRESENT: Record<Mesh, (pod: Pod, namespace: NamespaceMarks) => boolean> = {
  istio: (pod, { labels: marks }) => {
    const { labels, annotations } = marksOf(pod);
    const wish = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
    if (hasProxy(pod, 'istio') || 'sidecar.istio.io/status' in annotations) return true;
    if (wish !== undefined) return wish === 'true';
    return marks['istio-injection'] === 'enabled' || 'istio.io/rev' in { ...marks, ...labels };
  },
  linkerd: (pod, { annotations: marks }) => {
    const { annotations } = marksOf(pod);
    const wish = annotations['linkerd.io/inject'] ?? marks['linkerd.io/inject'];
    return hasProxy(pod, 'linkerd') || wish === 'enabled' || wish === 'ingress';
  },
};

function hasProxy(pod: Pod, mesh: Mesh): boolean {
  return runningContainers(pod).some(({ name }) => name === MESH_PROXIES[mesh]);
}

function marksOf({ metadata }: Pod): NamespaceMarks {
  return { labels: metadata?.labels ?? {}, annotations: metadata?.annotations ?? {} };
}
