import { execFile } from 'node:child_process';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ASKING_PODS, podPath } from '../../src/injector/bare-pods.ts';
import { issueCertificate } from '../../src/injector/certificate.ts';
import { podWith, reviewOf } from '../injector/pods.ts';
import { Injector, SERVICE_NAME } from '../parts/injector.ts';
import {
  injectorObjects,
  KubeApi,
  kept,
  LEASE,
  SECRET,
  trusted,
  WEBHOOK,
} from '../parts/kube-api.ts';
import { temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';

const BODY = JSON.stringify(reviewOf(podWith()));
const DAY_SECONDS = 86_400;
const ROTATING_LIFE_SECONDS = 12;
const REVIEWS_PER_SECOND = 40;

interface Asked {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an AdmissionReview, or an error
  readonly body: any;
  readonly certificate: string;
}

/** Sends a review as an API server does: by the Service's name, trusting whom it was told to. */
async function ask(port: number, ca: string, agent?: https.Agent, body = BODY): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', port, path: '/mutate?timeout=5s', method: 'POST', ca },
      servername: SERVICE_NAME,
      headers: { 'content-type': 'application/json' },
      agent: agent ?? false,
    } as const;
    const request = https.request(options, (response) => {
      const { fingerprint256 } = (
        response.socket as import('node:tls').TLSSocket
      ).getPeerCertificate();
      text(response).then((said) => {
        const status = response.statusCode ?? 0;
        resolve({ status, body: JSON.parse(said), certificate: fingerprint256 });
      }, reject);
    });
    request.on('error', reject).end(body);
  });
}

describe('the injector', () => {
  let api: KubeApi;
  beforeEach(async () => {
    api = await KubeApi.start(injectorObjects());
  });
  afterEach(() => api.stop());
  const trustIn = (authority: string): void => {
    const caBundle = Buffer.from(authority).toString('base64');
    api.set(WEBHOOK, { webhooks: [{ name: 'injector.kedastral.io', clientConfig: { caBundle } }] });
  };

  it('gives sidecars the image of its own pod, unless one is named', async () => {
    const imageOf = async (...argv: string[]) => {
      const injector = new Injector(api, '--pod-name=injector-0', ...argv);
      const { body } = await ask(await injector.port(), trusted(api));
      await injector.program.stop();
      const patch = Buffer.from(body.response.patch, 'base64').toString('utf8');
      return /"image":"([^"]+)"/.exec(patch)?.[1];
    };
    const image = 'registry.example.com/k:2';
    const containers = [{ name: 'injector', image }];
    const pod = { metadata: { namespace: 'kedastral', name: 'injector-0' }, spec: { containers } };
    api.set(podPath('kedastral', 'injector-0'), { items: [pod] });
    expect(await imageOf()).toBe(image);
    expect(await imageOf('--image=other:1')).toBe('other:1');
  });

  it('makes its certificate, reviews over TLS, counts, and gives its lease back', async () => {
    const bare = { metadata: { namespace: 'shop', name: 'bare' }, spec: podWith().spec };
    api.set(ASKING_PODS, { items: [bare] });
    api.set(podPath('shop', 'bare'), { items: [bare] });
    const injector = new Injector(api);
    const port = await injector.port();
    expect((await injector.ask('/healthz')).status).toBe(200);
    await until('ready', async () => (await injector.ask('/readyz')).status === 200);
    const { status, body } = await ask(port, trusted(api));
    expect(status).toBe(200);
    expect(body.response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    const refused = JSON.stringify(reviewOf(podWith({ 'kedastral.io/step': '0s' })));
    expect((await ask(port, trusted(api), undefined, refused)).body.response.patch).toBeUndefined();
    expect((await ask(port, trusted(api), undefined, '{"request"')).status).toBe(400);
    const injected = 'reviews_total{outcome="injected",reason=""}';
    expect(await injector.count(injected)).toBe(1);
    expect(await injector.count('missed_pods_total{reason="options"}')).toBe(1);
    expect(await injector.count('is_leader')).toBe(1);
    expect(await injector.count('pods_without_sidecar{pod_namespace="shop"}')).toBe(1);
    expect(await injector.count('certificate_expiry_timestamp_seconds')).toBeGreaterThan(
      Date.now() / 1_000 + 29 * DAY_SECONDS,
    );
    expect(await injector.program.stop()).toEqual({ code: 0, signal: null });
    expect(api.objects.get(LEASE).spec.holderIdentity).toBe('');
  });

  it('has metrics that promtool finds nothing wrong with', async () => {
    const injector = new Injector(api);
    await ask(await injector.port(), trusted(api));
    const file = join(temporaryFolder(), 'metrics');
    writeFileSync(file, (await injector.ask('/metrics')).body);
    const promtool = promisify(execFile)('sh', ['-c', `promtool check metrics < ${file}`]);
    expect(await promtool).toMatchObject({ stdout: '', stderr: '' });
    await injector.program.stop();
  });

  it('renews its certificate under load: no review fails, no connection is cut', async () => {
    const life = `--certificate-life=${ROTATING_LIFE_SECONDS}s`;
    const injectors = [new Injector(api, life), new Injector(api, life)];
    const ports = await Promise.all(injectors.map((each) => each.port()));
    const first = kept(api, 'tls.crt');
    const agent = new https.Agent({ keepAlive: true, maxSockets: 2 });
    const certificates = new Set<string>();
    const pending: Promise<void>[] = [];
    const endMs = performance.now() + ROTATING_LIFE_SECONDS * 1_000;
    let count = 0;
    for (; performance.now() < endMs; count++) {
      const port = ports[count % 2] as number;
      const asked = ask(port, trusted(api), count % 4 < 2 ? agent : undefined);
      const check = ({ status, body, certificate }: Asked) => {
        expect(status).toBe(200);
        expect(body.response.patch).toBeDefined();
        certificates.add(certificate);
      };
      pending.push(asked.then(check));
      await delay(1_000 / REVIEWS_PER_SECOND);
    }
    await Promise.all(pending);
    agent.destroy();
    expect(count).toBeGreaterThan(5 * ROTATING_LIFE_SECONDS);
    expect(certificates.size).toBeGreaterThanOrEqual(2);
    expect(kept(api, 'tls.crt')).not.toBe(first);
    const leaders = await Promise.all(injectors.map((each) => each.count('is_leader')));
    expect(leaders.sort()).toEqual([0, 1]);
    await Promise.all(injectors.map(({ program }) => program.stop()));
  });

  it('takes the certificate of a folder, and each new one that comes there', async () => {
    const folder = temporaryFolder();
    const put = async () => {
      const issued = await issueCertificate([SERVICE_NAME], Date.now(), DAY_SECONDS);
      writeFileSync(join(folder, 'new.crt'), issued.certificate);
      writeFileSync(join(folder, 'new.key'), issued.key);
      // One after the other: between them the pair does not match, and the old one stays.
      renameSync(join(folder, 'new.crt'), join(folder, 'tls.crt'));
      await delay(50);
      copyFileSync(join(folder, 'new.key'), join(folder, 'tls.key'));
      return issued.authority;
    };
    const first = await put();
    const options = [`--certificate-folder=${folder}`, '--certificate-life=10s'];
    const injector = new Injector(api, ...options);
    const port = await injector.port();
    expect((await ask(port, first)).status).toBe(200);
    // cert-manager fills in the webhook's authority when it comes to it.
    const { reason } = await until('a reason', () => injector.said('not ready'));
    expect(reason).toBe('caBundle of 0-kedastral-injector has no authority of the certificate');
    expect((await injector.ask('/readyz')).status).toBe(503);
    trustIn(first);
    await until('ready', async () => (await injector.ask('/readyz')).status === 200);
    const second = await put();
    await until('the new certificate', () => ask(port, second).catch(() => null));
    await expect(ask(port, first)).rejects.toThrow();
    await injector.program.stop();
  });

  it('says once why it has no certificate of the folder, and counts each look', async () => {
    const folder = temporaryFolder();
    const options = [`--certificate-folder=${folder}`, '--certificate-life=10s'];
    const injector = new Injector(api, ...options);
    const failed = 'background_failures_total{work="certificate"}';
    await until('three looks', async () => (await injector.count(failed)) >= 3);
    const reasons = () =>
      injector.log.filter(({ msg }) => msg === 'no certificate').map(({ reason }) => reason);
    expect(reasons()).toEqual([`${join(folder, 'tls.crt')} cannot be read (ENOENT)`]);
    for (const name of ['tls.crt', 'tls.key']) writeFileSync(join(folder, name), 'junk');
    await until('another reason', () => reasons().length === 2);
    expect(reasons()[1]).toBe(`${folder}: tls.crt and tls.key are no PEM, or no pair`);
    const issued = await issueCertificate([SERVICE_NAME], Date.now(), DAY_SECONDS);
    writeFileSync(join(folder, 'tls.crt'), issued.certificate);
    writeFileSync(join(folder, 'tls.key'), issued.key);
    expect((await ask(await injector.port(), issued.authority)).status).toBe(200);
    writeFileSync(join(folder, 'tls.crt'), 'junk');
    await until('the same reason, told anew', () => reasons().length === 3);
    await injector.program.stop();
  });

  it('is not ready before API servers trust the certificate that it was given', async () => {
    const issued = await issueCertificate([SERVICE_NAME], Date.now(), DAY_SECONDS);
    const [crt, key, ca] = [issued.certificate, issued.key, issued.authority].map((text) =>
      Buffer.from(text).toString('base64'),
    );
    api.set(SECRET, { data: { 'tls.crt': crt, 'tls.key': key, 'ca.crt': ca } });
    const renewTime = new Date().toISOString();
    api.set(LEASE, { spec: { holderIdentity: 'the leader', leaseDurationSeconds: 60, renewTime } });
    const follower = new Injector(api, '--certificate-life=24s');
    expect((await ask(await follower.port(), issued.authority)).status).toBe(200);
    await until('a reason', () => follower.said('not ready'));
    await delay(2_000);
    expect((await follower.ask('/readyz')).status).toBe(503);
    expect(follower.said('ready')).toBeUndefined();
    trustIn(issued.authority);
    await until('ready', async () => (await follower.ask('/readyz')).status === 200);
    // What was trusted once is asked: a replica is not taken out because the leader is at work.
    api.set(WEBHOOK, injectorObjects()[WEBHOOK] as object);
    await delay(2_000);
    expect((await follower.ask('/readyz')).status).toBe(200);
    expect(await follower.count('is_leader')).toBe(0);
    await follower.program.stop();
  });

  it('is not ready without a certificate, and goes on when the API server is back', async () => {
    api.brokenStatus = 503;
    const injector = new Injector(api, '--certificate-life=24s');
    expect((await injector.ask('/readyz')).status).toBe(503);
    expect((await injector.ask('/healthz')).status).toBe(200);
    expect(await injector.count('pods_without_sidecar')).toBeNaN();
    await until('failures', () => injector.count('background_failures_total{work="lease"}'));
    api.brokenStatus = null;
    await injector.port();
    await until('ready', async () => (await injector.ask('/readyz')).status === 200);
    api.brokenStatus = 503;
    expect((await ask(await injector.port(), trusted(api))).body.response.patch).toBeDefined();
    await injector.program.stop();
  });

  it.each([
    [['--listn=:1'], 'did you mean --listen'],
    [['--memory-limit=none'], 'an amount above 0'],
    [['--defaults-file=/nonexistent'], 'ENOENT'],
  ])('refuses %j with exit code 64', async (argv, words) => {
    const injector = new Injector(api, ...argv);
    expect((await injector.program.exited).code).toBe(64);
    expect(injector.program.stderr).toContain(words);
  });

  it('takes defaults of all sidecars, and refuses bad ones', async () => {
    const file = join(temporaryFolder(), 'defaults.yaml');
    writeFileSync(file, 'step: 500ms\nprom-password: hunter2\n');
    const bad = new Injector(api, `--defaults-file=${file}`);
    expect((await bad.program.exited).code).toBe(64);
    expect(bad.program.stderr).toContain('500ms');
    expect(bad.program.stderr).toContain('prom-password-secret');
    expect(bad.program.output).not.toContain('hunter2');
    writeFileSync(file, 'min: 7\nimage: mirror/kedastral:1\n');
    const injector = new Injector(api, `--defaults-file=${file}`, '--pull-policy=Always');
    const { body } = await ask(await injector.port(), trusted(api));
    const patch = Buffer.from(body.response.patch, 'base64').toString('utf8');
    for (const part of ['--min=7', 'mirror/kedastral:1', 'Always']) expect(patch).toContain(part);
    await injector.program.stop();
  });
});
