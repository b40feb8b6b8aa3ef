import { X509Certificate } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ApiObject, Kubernetes } from './kubernetes.ts';
import { type Issued, isPair, type KeyPair, livingCertificates, validityOf } from './pem.ts';
import { isObject } from './pod.ts';
import { WebhookTrust } from './trust.ts';

/** Where the certificate is kept, and whom it is for. */
export interface KeeperOptions {
  readonly namespace: string;
  readonly secretName: string;
  readonly webhookName: string;
  readonly serviceName: string;
  readonly certificateLifeSeconds: number;
}

/** Longest time that API servers may need to hear of a new authority. */
const OVERLAP_MS_MAX = 10_000;
/** A certificate is renewed when a third of its life is left. */
const LIFE_PARTS = 3;
const OVERLAP_PARTS = 24;

interface Kept extends KeyPair {
  /** Authorities to trust, the newest first. */
  readonly bundle: string;
}

interface Pending {
  readonly issued: Issued;
  readonly bundle: string;
  readonly atMs: number;
}

/**
 * The self-made certificate. It is kept in a Secret that all replicas read; the leader renews it:
 * first the webhook configuration trusts the new authority beside the old one, then, when API
 * servers have heard of that, the Secret gets the new certificate.
 */
export class CertificateKeeper {
  readonly #names: readonly string[];
  readonly #secretPath: string;
  readonly #trust: WebhookTrust;
  #pending: Pending | undefined;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly clock: Clock,
    private readonly options: KeeperOptions,
  ) {
    const { namespace, secretName, webhookName, serviceName } = options;
    const service = `${serviceName}.${namespace}.svc`;
    this.#names = [service, `${service}.cluster.local`];
    this.#secretPath = `/api/v1/namespaces/${namespace}/secrets/${secretName}`;
    this.#trust = new WebhookTrust(kubernetes, webhookName);
  }

  /**
   * The certificate to serve with now, or null while there is none.
   *
   * @param isLeader whether this replica may change anything
   * @throws KubernetesError
   */
  async tick(isLeader: boolean): Promise<KeyPair | null> {
    const secret = await this.kubernetes.get(this.#secretPath);
    const kept = readKept(secret);
    if (!isLeader) {
      this.#pending = undefined;
      return kept;
    }
    if (kept !== null && !this.#isDue(kept)) {
      this.#pending = undefined;
      await this.#trust.set(livingCertificates(kept.bundle, this.clock.nowMs()).join(''));
      return kept;
    }
    return this.#renew(secret, kept);
  }

  async #renew(secret: ApiObject, kept: Kept | null): Promise<KeyPair | null> {
    const nowMs = this.clock.nowMs();
    const { certificateLifeSeconds: lifeSeconds } = this.options;
    if (this.#pending === undefined) {
      // Loaded when it is needed: four fifths of all code, for one call in weeks.
      const { issueCertificate } = await import('./certificate.ts');
      const issued = await issueCertificate(this.#names, nowMs, lifeSeconds);
      const bundle = livingCertificates(issued.authority + (kept?.bundle ?? ''), nowMs).join('');
      await this.#trust.set(bundle);
      this.#pending = { issued, bundle, atMs: this.clock.monotonicMs() };
    }
    const { issued, bundle, atMs } = this.#pending;
    const overlapMs = Math.min(OVERLAP_MS_MAX, (lifeSeconds * 1000) / OVERLAP_PARTS);
    if (kept !== null && this.clock.monotonicMs() - atMs < overlapMs) return kept;
    await this.kubernetes.put(this.#secretPath, {
      ...secret,
      data: {
        'ca.crt': encoded(bundle),
        'tls.crt': encoded(issued.certificate),
        'tls.key': encoded(issued.key),
      },
    });
    this.#pending = undefined;
    return issued;
  }

  /** Also when the names have changed, or the life was set shorter. */
  #isDue({ certificate }: Kept): boolean {
    const lifeMs = this.options.certificateLifeSeconds * 1000;
    const leftMs = (validityOf(certificate)?.untilMs ?? 0) - this.clock.nowMs();
    const parsed = new X509Certificate(certificate);
    const isNamed = this.#names.every((name) => parsed.checkHost(name) !== undefined);
    return leftMs <= lifeMs / LIFE_PARTS || leftMs > lifeMs || !isNamed;
  }
}

/** The certificate in a Secret; null when there is none that can be served with. */
function readKept(secret: ApiObject): Kept | null {
  const data = isObject(secret.data) ? secret.data : {};
  const [bundle, certificate, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) =>
    Buffer.from(String(data[name] ?? ''), 'base64').toString('utf8'),
  ) as [string, string, string];
  return bundle !== '' && isPair({ certificate, key }) ? { bundle, certificate, key } : null;
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
