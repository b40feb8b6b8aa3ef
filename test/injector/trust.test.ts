import { beforeEach, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../src/injector/certificate.ts';
import type { Kubernetes } from '../../src/injector/kubernetes.ts';
import { WebhookTrust } from '../../src/injector/trust.ts';
import { type KubeApi, trusted, WEBHOOK } from '../parts/kube-api.ts';
import { clusterApi } from './cluster-api.ts';

const NAME = 'kedastral-injector.kedastral.svc';
const NOW_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const issue = () => issueCertificate([NAME], NOW_MS, DAY_MS / 1_000);

describe('whom API servers trust', () => {
  let api: KubeApi;
  let kubernetes: Kubernetes;
  let trust: WebhookTrust;
  const doubt = (certificate: string, host = NAME, nowMs = NOW_MS) =>
    trust.doubt(certificate, host, nowMs);

  beforeEach(async () => {
    ({ api, kubernetes } = await clusterApi(NOW_MS));
    trust = new WebhookTrust(kubernetes, '0-kedastral-injector');
  });

  it('is nobody at first, then the authority of the certificate, beside others', async () => {
    const [one, other] = await Promise.all([issue(), issue()]);
    const words = 'caBundle of 0-kedastral-injector has no authority of the certificate';
    expect(await doubt(one.certificate)).toBe(words);
    await trust.set(other.authority);
    expect(await doubt(one.certificate)).toBe(words);
    await trust.set(`${other.authority}${one.authority}`);
    expect(await doubt(one.certificate)).toBeNull();
    expect(trusted(api)).toBe(`${other.authority}${one.authority}`);
  });

  it('must be so of each webhook of the configuration, of which there is one', async () => {
    const { certificate, authority } = await issue();
    await trust.set(authority);
    const { webhooks } = api.objects.get(WEBHOOK);
    api.set(WEBHOOK, { webhooks: [...webhooks, { name: 'b', clientConfig: {} }] });
    expect(await doubt(certificate)).toContain('no authority');
    await trust.set(authority);
    expect(await doubt(certificate)).toBeNull();
    api.set(WEBHOOK, { webhooks: [] });
    expect(await doubt(certificate)).toContain('no authority');
  });

  it('takes one that is trusted by itself, or by the authority above it', async () => {
    const { certificate, authority } = await issue();
    await trust.set(certificate);
    expect(await doubt(certificate)).toBeNull();
    await trust.set(authority);
    // The authority may be sent along.
    expect(await doubt(certificate + authority)).toBeNull();
  });

  it('does not take one of another name, nor one that has ended', async () => {
    const { certificate, authority } = await issue();
    await trust.set(authority);
    const words = 'the certificate is not for other.shop.svc, or has ended';
    expect(await doubt(certificate, 'other.shop.svc')).toBe(words);
    expect(await doubt(certificate, NAME, NOW_MS + DAY_MS)).toContain('has ended');
    expect(await doubt('junk')).toContain('has ended');
  });

  it('writes nothing when it is as it should be', async () => {
    const { authority } = await issue();
    await trust.set(authority);
    api.calls.length = 0;
    await trust.set(authority);
    expect(api.calls).toEqual([`GET ${WEBHOOK}`]);
  });
});
