import { NO_WISHES } from '../../src/injector/annotations.ts';
import type { Surroundings } from '../../src/injector/inject.ts';
import type { Pod } from '../../src/injector/pod.ts';

export const OPTIONS = {
  'kedastral.io/prom-url': 'http://prometheus.monitoring:9090',
  'kedastral.io/prom-query': 'sum(rate(http_requests_total{app="{{workload}}"}[2m]))',
} as const;

/** A pod of Deployment shop/my-api that asks for a sidecar, as the API server sends it. */
export function podWith(
  annotations: Readonly<Record<string, string>> = {},
  spec: object = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'my-api-7d4b9c6f58-',
      creationTimestamp: null,
      labels: { app: 'my-api', 'kedastral.io/inject': 'true', 'pod-template-hash': '7d4b9c6f58' },
      annotations: { ...OPTIONS, ...annotations },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'my-api-7d4b9c6f58',
          uid: '0f5c6c1e-1111-4c4e-8d5c-000000000001',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      containers: [
        {
          name: 'my-api',
          image: 'my-api:1.0.0',
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
        },
      ],
      ...spec,
    },
  } as unknown as Pod;
}

export function around(more: Partial<Surroundings> = {}): Surroundings {
  return {
    ownerKind: 'ReplicaSet',
    workload: 'my-api',
    namespace: 'shop',
    limits: [],
    knowsNative: true,
    defaults: NO_WISHES,
    ...more,
  };
}

/** An AdmissionReview of admission.k8s.io/v1 for a new pod. */
export function reviewOf(pod: unknown, more: Readonly<Record<string, unknown>> = {}) {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...more,
    },
  };
}
