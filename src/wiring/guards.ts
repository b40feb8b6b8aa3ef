import type { CommentedObject } from './document.ts';
import type { Wired } from './wired.ts';

const PORT_MAX = 65_535;
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';
const PROMETHEUS_NAMESPACE = 'monitoring';
const OPEN =
  'All other ports are the application’s, and stay open to all. Choose: policies add up, so\n' +
  'leave this rule out where another one guards them (--network-policy guarded).';

/** What kubectl cannot know: whether the cluster has another one for the same pods. */
export const BUDGET_CAUTION =
  'pods that have two PodDisruptionBudgets cannot be evicted, and a drain of their node waits: ' +
  'where another manifest has one for them, say --disruption-budget=false';
export const OPEN_CAUTION =
  'the NetworkPolicy leaves the ports of the application open to all, and policies add up: where ' +
  'others guard the pods, such as a default deny, say --network-policy guarded, or none';

/** Keeps a drain of nodes from taking several pods at once. */
export function disruptionBudget({ target, service, namespace, labels }: Wired): CommentedObject {
  return {
    value: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: service, namespace, labels },
      spec: { maxUnavailable: 1, selector: target.selector },
    },
    comments: [
      [['spec', 'maxUnavailable'], 'Choose: a percentage, such as 10%, drains many pods faster.'],
    ],
  };
}

/**
 * Lets KEDA and Prometheus alone to the sidecar's ports. A policy is of pods, not of containers: it
 * would shut the application's ports, too, so they are opened, unless another policy does.
 */
export function networkPolicy(wired: Wired, isGuarded: boolean): CommentedObject {
  const { target, sidecar, service, namespace, labels, wishes } = wired;
  const { listen, grpcListen } = sidecar.options;
  const from = (name: string) => [
    { namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: name } } },
  ];
  const tcp = (port: number) => [{ protocol: 'TCP', port }];
  const isOpen = wishes.networkPolicy === 'open' && !isGuarded;
  const others = portsBeside([listen.port, grpcListen.port]).map(([port, endPort]) =>
    port === endPort ? { protocol: 'TCP', port } : { protocol: 'TCP', port, endPort },
  );
  const ingress = [
    { from: from(wishes.kedaNamespace), ports: tcp(grpcListen.port) },
    { from: from(prometheusNamespace(wired)), ports: tcp(listen.port) },
    ...(isOpen ? [{ ports: [...others, { protocol: 'UDP' }, { protocol: 'SCTP' }] }] : []),
  ];
  return {
    value: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: service, namespace, labels },
      spec: { podSelector: target.selector, policyTypes: ['Ingress'], ingress },
    },
    comments: [
      [['spec', 'ingress'], 'Probes of the kubelet come from the node, which is always let in.'],
      [['spec', 'ingress', 0], 'KEDA asks for replicas; choose its namespace.'],
      [['spec', 'ingress', 1], 'Prometheus asks for metrics; choose its namespace.'],
      ...(isOpen ? [[['spec', 'ingress', 2], OPEN] as const] : []),
    ],
  };
}

/** Has the Prometheus Operator scrape the sidecars. */
export function serviceMonitor({ service, namespace, labels }: Wired): CommentedObject {
  return {
    value: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name: service, namespace, labels },
      spec: {
        selector: { matchLabels: labels },
        endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
      },
    },
    comments: [
      [
        ['metadata', 'labels'],
        'Choose: some Prometheus take only monitors with a label of theirs.',
      ],
    ],
  };
}

/** Of `http://prometheus.monitoring.svc:9090` it is monitoring. */
function prometheusNamespace({ sidecar, namespace, wishes }: Wired): string {
  if (wishes.prometheusNamespace !== null) return wishes.prometheusNamespace;
  const { promUrl } = sidecar.options;
  if (promUrl === null) return PROMETHEUS_NAMESPACE;
  const [host = '', ...rest] = new URL(promUrl).hostname.split('.');
  const isName = /^[a-z]/.test(host);
  if (isName && rest.length === 0) return namespace;
  const isInCluster = isName && (rest.length === 1 || rest[1] === 'svc');
  return isInCluster ? (rest[0] as string) : PROMETHEUS_NAMESPACE;
}

function portsBeside(taken: readonly number[]): [number, number][] {
  const ports = [0, ...taken.toSorted((a, b) => a - b), PORT_MAX + 1];
  return ports.slice(1).flatMap((next, i): [number, number][] => {
    const first = (ports[i] as number) + 1;
    return first < next ? [[first, next - 1]] : [];
  });
}
