import { freePort } from '../parts/ports.ts';

/** What the cluster tests are told from outside, so that they run on any cluster with KEDA. */
export const ENVIRONMENT = {
  /** Of the cluster; without it tests are skipped: kubectl's own default may be anybody's. */
  kubeconfig: process.env.KUBECONFIG ?? '',
  kubectl: process.env.KEDASTRAL_KUBECTL ?? 'kubectl',
  /** Address of this machine as KEDA and the API server reach it. */
  host: process.env.KEDASTRAL_HOST ?? '127.0.0.1',
  /** Node of the pods, where the cluster has no scheduler. */
  node: process.env.KEDASTRAL_NODE ?? '',
  /** Of pods that do nothing. */
  image: process.env.KEDASTRAL_POD_IMAGE ?? 'registry.k8s.io/pause:3.10',
} as const;

/** What manifests and README name: the tests make and delete them, and refuse to if they exist. */
export const NAMESPACES = [
  ...(['shop', 'kedastral', 'kedastral-relay', 'monitoring'] as const),
  ...(['kedastral-scaling', 'kedastral-faults', 'kedastral-asleep'] as const),
] as const;

/** An address of this machine that KEDA reaches and nobody listens on. */
export async function freeAddress(): Promise<string> {
  return `${ENVIRONMENT.host}:${await freePort()}`;
}
