import type { Options } from '../config/options.ts';
import type { CommentedObject } from './document.ts';
import { serviceName } from './names.ts';
import { type FieldPath, fieldsOf, listOf, type ManifestObject, numberOf } from './objects.ts';
import { selects, type Target } from './target.ts';
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

/** Whether a Service selects the pods of a workload. */
export function findsPods(service: ManifestObject, { pod }: Target): boolean {
  const matchLabels = fieldsOf(service.value.spec).selector;
  return selects({ matchLabels }, pod.metadata?.labels ?? {});
}

/** A port of the sidecar that a Service says the application has. */
export interface TakenPort {
  readonly service: ManifestObject;
  readonly path: FieldPath;
  readonly port: number;
  readonly option: 'listen' | 'grpc-listen';
}

/** Ports that no container declares, but Services of the pods lead to. */
export function takenPorts(
  target: Target,
  { listen, grpcListen }: Options,
  near: readonly ManifestObject[],
): TakenPort[] {
  const others = near.filter((other) => {
    const isService = other.group === '' && other.kind === 'Service';
    const hasSelector = fieldsOf(other.value.spec).selector !== undefined;
    const isOwn = other.name === serviceName(target.object.name);
    return isService && hasSelector && findsPods(other, target) && !isOwn;
  });
  return others.flatMap((service) =>
    listOf(fieldsOf(service.value.spec).ports).flatMap((each, i): TakenPort[] => {
      const { port: own, targetPort = own } = fieldsOf(each);
      const port = numberOf(targetPort);
      const path = ['spec', 'ports', i];
      if (port === listen.port) return [{ service, path, port, option: 'listen' }];
      if (port === grpcListen.port) return [{ service, path, port, option: 'grpc-listen' }];
      return [];
    }),
  );
}
