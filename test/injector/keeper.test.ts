import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { beforeEach, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../src/injector/certificate.ts';
import { CertificateKeeper } from '../../src/injector/keeper.ts';
import type { Kubernetes } from '../../src/injector/kubernetes.ts';
import { isPair, type KeyPair, livingCertificates } from '../../src/injector/pem.ts';
import {
  injectorObjects,
  type KubeApi,
  kept,
  SECRET,
  trusted,
  WEBHOOK,
} from '../parts/kube-api.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { clusterApi } from './cluster-api.ts';

const DAY_SECONDS = 86_400;
const NAME = 'kedastral-injector.kedastral.svc';
const OPTIONS = {
  namespace: 'kedastral',
  secretName: 'kedastral-injector',
  webhookName: '0-kedastral-injector',
  serviceName: 'kedastral-injector',
  certificateLifeSeconds: 30 * DAY_SECONDS,
};

/** Whether a TLS client that trusts `ca` takes the certificate for that of the Service. */
async function isTrusted({ certificate, key }: KeyPair, ca: string): Promise<boolean> {
  const server = createServer({ cert: certificate, key }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, ca, servername: NAME });
  const result = await Promise.race([
    once(client, 'secureConnect').then(() => true),
    once(client, 'error').then(() => false),
  ]).catch(() => false);
  client.destroy();
  server.close();
  return result;
}

describe('a certificate of its own', () => {
  it('is trusted with its authority, for the Service, as a server', async () => {
    const issued = await issueCertificate([NAME], Date.now(), DAY_SECONDS);
    expect(isPair(issued)).toBe(true);
    expect(await isTrusted(issued, issued.authority)).toBe(true);
    const other = await issueCertificate([NAME], Date.now(), DAY_SECONDS);
    expect(await isTrusted(issued, other.authority)).toBe(false);
    const [authority, leaf] = [issued.authority, issued.certificate].map(
      (pem) => new X509Certificate(pem),
    ) as [X509Certificate, X509Certificate];
    expect(authority.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(authority)).toBe(true);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkHost('example.com')).toBeUndefined();
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('lives as long as it was made for, and is dropped from a bundle after that', async () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const { certificate, authority } = await issueCertificate([NAME], nowMs, DAY_SECONDS);
    expect(Date.parse(new X509Certificate(certificate).validTo)).toBe(nowMs + DAY_SECONDS * 1_000);
    expect(livingCertificates(`${authority}${authority}junk`, nowMs)).toHaveLength(1);
    expect(livingCertificates(authority, nowMs + DAY_SECONDS * 1_000)).toHaveLength(0);
  });
});

describe('the keeper', () => {
  let api: KubeApi;
  let clock: VirtualClock;
  let kubernetes: Kubernetes;
  const keeper = () => new CertificateKeeper(kubernetes, clock, OPTIONS);
  const later = (days: number) => clock.advance(days * DAY_SECONDS * 1_000);
  const count = (pem: string) => pem.split('BEGIN CERTIFICATE').length - 1;

  beforeEach(async () => {
    ({ api, kubernetes, clock } = await clusterApi(Date.UTC(2026, 0, 1)));
  });

  it('makes one when it leads, trusts it first, and gives it to all replicas', async () => {
    const [leader, follower] = [keeper(), keeper()];
    expect(await follower.tick(false)).toBeNull();
    const pair = await leader.tick(true);
    expect(pair && isPair(pair)).toBe(true);
    expect(await follower.tick(false)).toMatchObject({ certificate: pair?.certificate });
    expect(count(trusted(api))).toBe(1);
    const [patched, put] = [`PATCH ${WEBHOOK}`, `PUT ${SECRET}`].map((call) =>
      api.calls.indexOf(call),
    ) as [number, number];
    expect(patched).toBeGreaterThanOrEqual(0);
    expect(patched).toBeLessThan(put);
  });

  it('writes nothing while all is well', async () => {
    const leader = keeper();
    await leader.tick(true);
    api.calls.length = 0;
    await later(19);
    await leader.tick(true);
    expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([]);
  });

  it('renews at two thirds of the life: the new authority beside the old one', async () => {
    const leader = keeper();
    const first = await leader.tick(true);
    await later(20);
    expect(await leader.tick(true)).toMatchObject({ certificate: first?.certificate });
    expect(count(trusted(api))).toBe(2);
    await clock.advance(10_000);
    const second = await leader.tick(true);
    expect(second?.certificate).not.toBe(first?.certificate);
    expect(kept(api, 'tls.crt')).toBe(second?.certificate);
    expect(kept(api, 'ca.crt')).toBe(trusted(api));
    await later(11);
    await leader.tick(true);
    expect(count(trusted(api))).toBe(1);
  });

  it('makes the webhook trust it again when someone took the authority out', async () => {
    const leader = keeper();
    await leader.tick(true);
    const before = trusted(api);
    api.set(WEBHOOK, injectorObjects()[WEBHOOK]);
    await leader.tick(true);
    expect(trusted(api)).toBe(before);
  });

  it('survives a leader that ended halfway', async () => {
    const first = await keeper().tick(true);
    await later(20);
    await keeper().tick(true);
    const next = keeper();
    expect(await next.tick(true)).toMatchObject({ certificate: first?.certificate });
    await clock.advance(10_000);
    const pair = await next.tick(true);
    expect(pair?.certificate).not.toBe(first?.certificate);
    expect(trusted(api)).toBe(kept(api, 'ca.crt'));
  });

  it.each([
    ['half of it', { 'tls.crt': 'eA==', 'tls.key': 'eA==', 'ca.crt': 'eA==' }],
    ['nothing of it', {}],
  ])('makes a new one when the Secret holds %s', async (_, data) => {
    api.set(SECRET, { metadata: {}, data });
    expect(await keeper().tick(false)).toBeNull();
    expect(await keeper().tick(true)).not.toBeNull();
  });

  it('makes a new one for another name, at once when the old one has ended', async () => {
    const first = await keeper().tick(true);
    const renamed = new CertificateKeeper(kubernetes, clock, { ...OPTIONS, serviceName: 'other' });
    await renamed.tick(true);
    await clock.advance(10_000);
    const second = await renamed.tick(true);
    expect(second?.certificate).not.toBe(first?.certificate);
    expect(new X509Certificate(second?.certificate ?? '').checkHost('other.kedastral.svc')).toBe(
      'other.kedastral.svc',
    );
  });

  it('passes on that the API server does not answer', async () => {
    api.brokenStatus = 503;
    await expect(keeper().tick(true)).rejects.toThrow(/status 503 \(broken\)/);
  });
});
