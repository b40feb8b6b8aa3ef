/** The workload that a process forecasts, as Kubernetes names it. */
export interface WorkloadName {
  readonly namespace: string | null;
  readonly name: string;
}

/** DNS-1123: a label for namespaces, a subdomain (labels joined by dots) for workloads. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN_LENGTH_MAX = 253;

export function isNamespace(text: string): boolean {
  return LABEL.test(text);
}

/** Reads an identity `[namespace/]name`; null when a part is not DNS-1123. */
export function parseIdentity(text: string): WorkloadName | null {
  const slash = text.indexOf('/');
  const namespace = slash < 0 ? null : text.slice(0, slash);
  const name = text.slice(slash + 1);
  if (namespace !== null && !isNamespace(namespace)) return null;
  if (name.length > SUBDOMAIN_LENGTH_MAX) return null;
  return name.split('.').every((label) => LABEL.test(label)) ? { namespace, name } : null;
}

/** `[namespace/]name`, the form that {@link parseIdentity} reads. */
export function formatIdentity({ namespace, name }: WorkloadName): string {
  return namespace === null ? name : `${namespace}/${name}`;
}
