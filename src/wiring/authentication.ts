import type { CommentedObject } from './document.ts';
import type { Wired } from './wired.ts';

/** Whether KEDA has to speak TLS to the sidecars. */
export function isTls({ sidecar, wishes }: Wired): boolean {
  return wishes.relay === null && sidecar.options.tlsCertFile !== null;
}

/** Whom KEDA trusts at the sidecars, and what it shows them; null without TLS. */
export function triggerAuthentication(wired: Wired): CommentedObject | null {
  const { sidecar, namespace, service, labels } = wired;
  if (!isTls(wired)) return null;
  const hasClients = sidecar.options.tlsClientCaFile !== null;
  const name = sidecar.injection.tlsSecret ?? service;
  const of = (parameter: string, key: string) => ({ parameter, name, key });
  const clients = [of('tlsClientCert', 'tls.crt'), of('tlsClientKey', 'tls.key')];
  const value = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'TriggerAuthentication',
    metadata: { name: service, namespace, labels },
    spec: { secretTargetRef: [of('caCert', 'ca.crt'), ...(hasClients ? clients : [])] },
  };
  const words = `Choose: the authority of a certificate for ${service}.${namespace}.svc`;
  const more = hasClients ? ', and a certificate of KEDA that the sidecars take.' : '.';
  return { value, comments: [[['spec', 'secretTargetRef'], words + more]] };
}
