import type { CommentedObject } from './document.ts';
import { fieldsOf } from './objects.ts';
import type { Target } from './target.ts';
import type { Wired } from './wired.ts';

/**
 * The selector of the workload for a Service, which takes no expressions: of their keys the labels
 * that its pods have. Not all their labels, of which one, such as a version, changes in a rollout.
 */
function selectorOf({ selector, pod }: Target): Readonly<Record<string, string>> {
  const { matchExpressions = [], matchLabels = {} } = selector;
  const labels = pod.metadata?.labels ?? {};
  const keys = matchExpressions.map((each) => String(fieldsOf(each).key));
  const named = keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]]));
  const chosen = { ...Object.fromEntries(named), ...matchLabels };
  return Object.keys(chosen).length === 0 ? labels : chosen;
}

/** Where KEDA and Prometheus find the sidecars of a workload. */
export function headlessService({
  target,
  sidecar,
  service,
  namespace,
  labels,
}: Wired): CommentedObject {
  const { listen, grpcListen } = sidecar.options;
  return {
    value: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace, labels },
      spec: {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: selectorOf(target),
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
