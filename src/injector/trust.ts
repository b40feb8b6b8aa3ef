import { X509Certificate } from 'node:crypto';
import type { Kubernetes } from './kubernetes.ts';
import { livingCertificates } from './pem.ts';

/** Whom API servers trust when they ask the webhook: `caBundle` of its configuration. */
export class WebhookTrust {
  readonly #path: string;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly webhookName: string,
  ) {
    const group = '/apis/admissionregistration.k8s.io/v1';
    this.#path = `${group}/mutatingwebhookconfigurations/${webhookName}`;
  }

  /**
   * Makes it trust these authorities alone, unless it does.
   *
   * @param bundle PEM
   * @throws KubernetesError
   */
  async set(bundle: string): Promise<void> {
    const caBundle = Buffer.from(bundle).toString('base64');
    const operations = (await this.#bundles()).flatMap(({ name, caBundle: present }, i) => {
      if (present === caBundle) return [];
      const path = `/webhooks/${i}`;
      return [
        { op: 'test', path: `${path}/name`, value: name },
        { op: 'add', path: `${path}/clientConfig/caBundle`, value: caBundle },
      ];
    });
    if (operations.length > 0) await this.kubernetes.patch(this.#path, operations);
  }

  /**
   * Why API servers would not take a certificate for that of the webhook; null when they would.
   *
   * @param certificate PEM, with the authorities between it and the one to trust behind it
   * @param host what API servers call the webhook
   * @throws KubernetesError
   */
  async doubt(certificate: string, host: string, nowMs: number): Promise<string | null> {
    const chain = parsed(certificate, nowMs);
    if (chain[0]?.checkHost(host, { subject: 'never' }) === undefined) {
      return `the certificate is not for ${host}, or has ended`;
    }
    const bundles = await this.#bundles();
    const isTrusted = bundles.every(({ caBundle }) => {
      const authorities = parsed(Buffer.from(caBundle, 'base64').toString('utf8'), nowMs);
      return chain.some((each) => authorities.some((authority) => isBy(each, authority)));
    });
    if (isTrusted && bundles.length > 0) return null;
    return `caBundle of ${this.webhookName} has no authority of the certificate`;
  }

  async #bundles(): Promise<{ name: unknown; caBundle: string }[]> {
    const { webhooks } = await this.kubernetes.get(this.#path);
    return (Array.isArray(webhooks) ? webhooks : []).map((webhook) => ({
      name: webhook?.name,
      caBundle: String(webhook?.clientConfig?.caBundle ?? ''),
    }));
  }
}

function parsed(bundle: string, nowMs: number): X509Certificate[] {
  return livingCertificates(bundle, nowMs).map((pem) => new X509Certificate(pem));
}

function isBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  if (certificate.fingerprint256 === authority.fingerprint256) return true;
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
