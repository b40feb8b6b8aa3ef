import type { CommentedObject } from './document.ts';
import type { Wired } from './wired.ts';

/** Where KEDA and Prometheus find the sidecars of a workload. */
export function headlessService({
  target,
  sidecar,
  service,
  namespace,
  labels,
}: Wired): CommentedObject {
  const { listen, grpcListen } = sidecar.options;
  // A Service takes no expressions.
  const { matchExpressions, matchLabels } = target.selector;
  const selector = matchExpressions ? target.pod.metadata?.labels : matchLabels;
  return {
    value: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace, labels },
      spec: {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector,
        ports: [
          { name: 'http', port: listen.port, targetPort: listen.port },
          {
            name: 'grpc',
            port: grpcListen.port,
            targetPort: grpcListen.port,
            appProtocol: 'kubernetes.io/h2c',
          },
        ],
      },
    },
    comments: [
      [['spec', 'clusterIP'], 'Headless: KEDA sees every pod, and takes turns.'],
      [
        ['spec', 'publishNotReadyAddresses'],
        'A pod that is not ready has a forecast all the same.',
      ],
    ],
  };
}
