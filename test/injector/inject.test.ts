import { describe, expect, it } from 'vitest';
import { readWishes } from '../../src/injector/annotations.ts';
import { type Injection, inject, type Surroundings } from '../../src/injector/inject.ts';
import { readMarker } from '../../src/injector/marker.ts';
import type { Pod } from '../../src/injector/pod.ts';
import { uninject } from '../../src/injector/uninject.ts';
import { around, podWith } from './pods.ts';

// biome-ignore lint/suspicious/noExplicitAny: pods are looked into
type Any = any;

async function injected(pod: Pod, more: Partial<Surroundings> = {}): Promise<Any> {
  const injection = await inject(pod, around(more));
  if (injection.outcome !== 'injected') throw new Error(injection.warnings.join('\n'));
  return injection.pod;
}

const sidecarOf = ({ spec }: Any): Any =>
  [...spec.containers, ...(spec.initContainers ?? [])].find(({ name }) => name === 'kedastral');

function saidBy(injection: Injection): string {
  return injection.warnings.join('\n');
}

async function refusal(
  annotations: Record<string, string>,
  more: Partial<Surroundings> = {},
): Promise<string> {
  const injection = await inject(podWith(annotations), around(more));
  expect(injection.outcome).toBe('refused');
  return saidBy(injection);
}

describe('an injected pod', () => {
  it('has the sidecar last, with its options as arguments', async () => {
    const pod = await injected(podWith({ 'kedastral.io/target-per-pod': '50' }));
    expect(pod.spec.containers.map(({ name }: Any) => name)).toEqual(['my-api', 'kedastral']);
    expect(sidecarOf(pod).args).toEqual([
      '--injected',
      '--workload=my-api',
      '--prom-url=http://prometheus.monitoring:9090',
      '--prom-query=sum(rate(http_requests_total{app="{{workload}}"}[2m]))',
      '--target-per-pod=50',
    ]);
  });

  it.each([
    ['that names none', undefined],
    ['of its platform’s choice', 1_000_660_000],
  ])('leaves the user to the image and to a pod %s', async (_, runAsUser) => {
    const pod = await injected(podWith({}, { securityContext: { runAsUser } }));
    expect(sidecarOf(pod).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('is not root where its pod is, which the kubelet would not start', async () => {
    const pod = await injected(podWith({}, { securityContext: { runAsUser: 0 } }));
    const { runAsNonRoot, runAsUser, runAsGroup } = sidecarOf(pod).securityContext;
    expect({ runAsNonRoot, runAsUser, runAsGroup }).toEqual({
      ...{ runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532 },
    });
  });

  it('keeps all that it had', async () => {
    const before = podWith();
    const copy = structuredClone(before);
    const after = await injected(before);
    expect(before).toEqual(copy);
    expect(after).toMatchObject({ ...copy, spec: { containers: [copy.spec.containers[0], {}] } });
  });

  it('comes out the same each time, and as it is when injected again', async () => {
    const first = await injected(podWith());
    expect(JSON.stringify(await injected(podWith()))).toBe(JSON.stringify(first));
    expect(await inject(first, around())).toEqual({
      outcome: 'skipped',
      reason: 'already_injected',
      warnings: [],
    });
  });

  it('is marked with version and hash; the hash follows the sidecar', async () => {
    const marker = readMarker(await injected(podWith()));
    const same = readMarker(await injected(podWith({ team: 'shop' })));
    const other = readMarker(await injected(podWith({ 'kedastral.io/min': '3' })));
    expect(marker?.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(marker?.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(same?.hash).toBe(marker?.hash);
    expect(other?.hash).not.toBe(marker?.hash);
  });

  it('names its application as the default container, unless one is named', async () => {
    const name = 'kubectl.kubernetes.io/default-container';
    expect((await injected(podWith())).metadata.annotations[name]).toBe('my-api');
    const named = await injected(podWith({ [name]: 'other' }));
    expect(named.metadata.annotations[name]).toBe('other');
  });

  it('is probed for life and start, never for readiness', async () => {
    const sidecar = sidecarOf(await injected(podWith()));
    expect(sidecar.readinessProbe).toBeUndefined();
    for (const probe of [sidecar.startupProbe, sidecar.livenessProbe]) {
      expect(probe.httpGet).toEqual({ path: '/healthz', port: 8081 });
    }
  });

  it('asks for memory with a limit, for CPU without, unless one is named', async () => {
    const { resources } = sidecarOf(await injected(podWith()));
    expect(resources).toEqual({
      requests: { cpu: '20m', memory: '96Mi' },
      limits: { memory: '192Mi' },
    });
    const limited = await injected(podWith({ 'kedastral.io/cpu-limit': '100m' }));
    expect(sidecarOf(limited).resources.limits.cpu).toBe('100m');
  });

  it('keeps dollar signs from Kubernetes, which would replace $(NAME) and $$', async () => {
    const query = 'sum(up{job=~"api$$",pod=~"$(NAMESPACE)"})';
    const { args } = sidecarOf(await injected(podWith({ 'kedastral.io/prom-query': query })));
    const expanded = (text: string) =>
      text.replace(/\$(\$|\((\w+)\))/g, (_, next: string, name?: string) =>
        next === '$' ? '$' : `expanded ${name}`,
      );
    expect(args.map(expanded)).toContain(`--prom-query=${query}`);
  });

  it('names its volume as no other is named, and takes that one back alone', async () => {
    const volumes = [{ name: 'kedastral-secrets', emptyDir: {} }, { name: 'kedastral-secrets-2' }];
    const wish = { 'kedastral.io/prom-ca-secret': 'ca/ca.crt' };
    const pod = await injected(podWith(wish, { volumes }));
    expect(pod.spec.volumes.map(({ name }: Any) => name)).toEqual([
      'kedastral-secrets',
      'kedastral-secrets-2',
      'kedastral-secrets-3',
    ]);
    expect(sidecarOf(pod).volumeMounts[0].name).toBe('kedastral-secrets-3');
    expect(uninject(pod)?.spec.volumes).toEqual(volumes);
    const without = await injected(podWith({}, { volumes }));
    expect(uninject(without)?.spec.volumes).toEqual(volumes);
  });

  it('drains before it ends, as far as the time of the pod allows', async () => {
    const preStop = async (seconds?: number) => {
      const spec = seconds === undefined ? {} : { terminationGracePeriodSeconds: seconds };
      return sidecarOf(await injected(podWith({}, spec))).lifecycle?.preStop.exec.command;
    };
    expect(await preStop()).toEqual(['sleep', '5']);
    expect(await preStop(10)).toEqual(['sleep', '2']);
    expect(await preStop(8)).toBeUndefined();
  });

  it('has image, registry, policy and pull secret by options', async () => {
    const pod = await injected(
      podWith({
        'kedastral.io/image': 'kedastral:2',
        'kedastral.io/registry': 'registry.example.com/team/',
        'kedastral.io/pull-policy': 'Always',
        'kedastral.io/pull-secret': 'regcred',
      }),
    );
    const { image, imagePullPolicy } = sidecarOf(pod);
    expect(image).toBe('registry.example.com/team/kedastral:2');
    expect(imagePullPolicy).toBe('Always');
    expect(pod.spec.imagePullSecrets).toEqual([{ name: 'regcred' }]);
    const there = { imagePullSecrets: [{ name: 'regcred' }] };
    const again = await injected(podWith({ 'kedastral.io/pull-secret': 'regcred' }, there));
    expect(again.spec.imagePullSecrets).toEqual([{ name: 'regcred' }]);
  });

  it('takes defaults, before which its annotations go', async () => {
    const { wishes: defaults } = readWishes(
      [
        ['step', '30s'],
        ['min', '4'],
        ['image', 'mirror/kedastral:1'],
      ],
      (name) => name,
    );
    const sidecar = sidecarOf(await injected(podWith({ 'kedastral.io/min': '3' }), { defaults }));
    expect(sidecar.args).toEqual(expect.arrayContaining(['--step=30s', '--min=3']));
    expect(sidecar.image).toBe('mirror/kedastral:1');
  });
});

describe('a native sidecar', () => {
  const asked = podWith({ 'kedastral.io/native-sidecar': 'true' });

  it('is an init container that keeps running, after those that are there', async () => {
    const pod = podWith(
      { 'kedastral.io/native-sidecar': 'true' },
      { initContainers: [{ name: 'migrate', image: 'migrate:1' }] },
    );
    const { spec } = await injected(pod);
    expect(spec.containers.map(({ name }: Any) => name)).toEqual(['my-api']);
    expect(spec.initContainers.map(({ name }: Any) => name)).toEqual(['migrate', 'kedastral']);
    expect(spec.initContainers[1].restartPolicy).toBe('Always');
    expect(spec.initContainers[1].startupProbe).toBeDefined();
  });

  it('is a plain container with a warning where Kubernetes is too old for it', async () => {
    const injection = await inject(asked, around({ knowsNative: false }));
    expect(saidBy(injection)).toContain('1.29');
    expect(injection.outcome === 'injected' && injection.pod.spec.containers).toHaveLength(2);
  });

  it('alone goes into the pod of a Job', async () => {
    const job = around({ ownerKind: 'Job' });
    expect(await inject(podWith(), job)).toMatchObject({ outcome: 'skipped', reason: 'job' });
    expect((await inject(asked, job)).outcome).toBe('injected');
    const old = around({ ownerKind: 'Job', knowsNative: false });
    expect(await inject(asked, old)).toMatchObject({ reason: 'job' });
  });
});

describe('a pod stays as it is', () => {
  it.each([
    ['host_network', podWith({}, { hostNetwork: true }), {}],
    ['windows', podWith({}, { os: { name: 'windows' } }), {}],
    ['mirror_pod', podWith({ 'kubernetes.io/config.mirror': 'x' }), {}],
    ['mirror_pod', podWith(), { ownerKind: 'Node' }],
    ['daemon_set', podWith(), { ownerKind: 'DaemonSet' }],
    ['windows', podWith({}, { nodeSelector: { 'kubernetes.io/os': 'windows' } }), {}],
    ['ends', podWith({}, { restartPolicy: 'Never' }), { ownerKind: 'Workflow' }],
    ['ends', podWith({}, { restartPolicy: 'OnFailure' }), { ownerKind: undefined }],
    [
      'ends',
      podWith({ 'kedastral.io/native-sidecar': 'true' }, { restartPolicy: 'Never' }),
      { knowsNative: false },
    ],
    ['already_injected', podWith({}, { containers: [{ name: 'kedastral' }] }), {}],
    ['already_injected', podWith({}, { initContainers: [{ name: 'kedastral' }] }), {}],
  ])('%s', async (reason, pod, more) => {
    expect(await inject(pod as Pod, around(more))).toMatchObject({ outcome: 'skipped', reason });
  });
});

describe('options', () => {
  it.each([
    ['step', '500ms', 'must be a duration'],
    ['stpe', '1m', 'did you mean kedastral.io/step'],
    ['model', 'magic', 'must be one of'],
    ['min', '60', 'max'],
    ['horizon', '5m', 'lead-time'],
    ['prom-query', 'up{pod="{{pod}}"}', '{{pod}}'],
    ['memory-limit', '-1Mi', 'an amount above 0'],
    ['native-sidecar', 'yes', 'true or false'],
    ['prom-password-secret', 'no key', 'name/key'],
    ['config', '/etc/passwd', 'is no option of a workload'],
    ['replay-file', '/etc/passwd', 'is no option of a workload'],
    ['tls-cert-file', '/tls.crt', 'name a Secret in kedastral.io/tls-secret'],
    ['http-token-file', '/token', 'name a key in kedastral.io/http-token-secret'],
    ['http-token-all', 'true', 'http-token-file'],
    ['tls-client-ca-secret', 'a/b', 'tls-cert-file'],
    ['prom-ca-file', '/ca.pem', 'kedastral.io/prom-ca-secret'],
    ['listen', ':0', 'a fixed port'],
    ['listen', '127.0.0.1:8081', 'on all addresses'],
    ['adapter', 'replay', 'replay-file'],
    ['workload', 'Shop', 'DNS-1123'],
    ['workload', 'other/my-api', 'namespace'],
  ])('refuses %s %j', async (name, text, words) => {
    expect(await refusal({ [`kedastral.io/${name}`]: text })).toContain(words);
  });

  it.each(['prom-bearer-token', 'prom-password', 'redis-password'])(
    'never takes %s by value, and never repeats it',
    async (name) => {
      const said = await refusal({ [`kedastral.io/${name}`]: 'hunter2' });
      expect(said).toContain(`kedastral.io/${name}-secret`);
      expect(said).not.toContain('hunter2');
    },
  );

  it.each([
    ['prom-url', 'http://bob:hunter2@prometheus:9090'],
    ['redis-addr', 'redis://:hunter2@redis:6379'],
    ['prom-header', 'Authorization: hunter2'],
    ['prom-header', 'X-Key: hunter2'],
    ['prom-header', 'X-Up: Bearer hunter2'],
  ])('takes no %s with a credential', async (name, text) => {
    const said = await refusal({ [`kedastral.io/${name}`]: text });
    expect(said).toContain(`kedastral.io/${name}-secret`);
    expect(said).not.toContain('hunter2');
  });

  it('takes plain headers, each once', async () => {
    const pod = await injected(
      podWith({ 'kedastral.io/prom-header': 'X-Scope-OrgID: shop\nA: b' }),
    );
    const { args } = sidecarOf(pod);
    expect(args).toEqual(
      expect.arrayContaining(['--prom-header=X-Scope-OrgID: shop', '--prom-header=A: b']),
    );
  });

  it('refuses a sidecar that would forecast an invented series', async () => {
    const bare = { ...podWith(), metadata: { labels: {}, annotations: {} } };
    const injection = await inject(bare, around());
    expect(injection).toMatchObject({ outcome: 'refused', reason: 'options' });
    expect(saidBy(injection)).toContain(
      'kedastral.io/adapter: is needed where there is no prom-url',
    );
    const named = { ...bare, metadata: { annotations: { 'kedastral.io/adapter': 'synthetic' } } };
    expect((await inject(named, around())).outcome).toBe('injected');
  });

  it('wants a workload, from the owner or by name', async () => {
    expect(await refusal({}, { workload: null })).toContain('kedastral.io/workload');
    const pod = await injected(podWith({ 'kedastral.io/workload': 'x' }), { workload: null });
    expect(sidecarOf(pod).args).toContain('--workload=x');
  });

  it('names all that is wrong at once', async () => {
    const said = await refusal({ 'kedastral.io/step': 'x', 'kedastral.io/min': '-1' });
    expect(said.split('\n')).toHaveLength(2);
  });
});

it('a pod that ends gets a native sidecar, which ends after it', async () => {
  const wish = { 'kedastral.io/native-sidecar': 'true' };
  const pod = await injected(podWith(wish, { restartPolicy: 'Never' }), { ownerKind: 'Workflow' });
  expect(pod.spec.initContainers).toHaveLength(1);
});

describe('secrets', () => {
  it('come as files that need not be there, read where the sidecar looks for them', async () => {
    const pod = await injected(
      podWith({
        'kedastral.io/prom-bearer-token-secret': 'prometheus/token',
        'kedastral.io/prom-ca-configmap': 'authority/ca.crt',
      }),
    );
    const { args, volumeMounts } = sidecarOf(pod);
    const folder = '/etc/kedastral/secrets';
    expect(args).toContain(`--prom-bearer-token-file=${folder}/prom-bearer-token`);
    expect(args).toContain(`--prom-ca-file=${folder}/prom-ca`);
    expect(volumeMounts).toEqual([
      { name: 'kedastral-secrets', mountPath: folder, readOnly: true },
    ]);
    const items = (key: string, path: string) => [{ key, path }];
    expect(pod.spec.volumes[0].projected.sources).toEqual([
      {
        secret: {
          name: 'prometheus',
          items: items('token', 'prom-bearer-token'),
          optional: true,
        },
      },
      { configMap: { name: 'authority', items: items('ca.crt', 'prom-ca'), optional: true } },
    ]);
  });

  it('close the faces of the sidecar, and the kubelet still reaches it', async () => {
    const tls = await injected(
      podWith({
        'kedastral.io/tls-secret': 'my-api-tls',
        'kedastral.io/tls-client-ca-secret': 'keda/ca.crt',
        'kedastral.io/http-token-secret': 'my-api/tokens',
      }),
    );
    const { args, startupProbe, livenessProbe } = sidecarOf(tls);
    const folder = '/etc/kedastral/secrets';
    expect(args).toEqual(
      expect.arrayContaining([
        `--tls-cert-file=${folder}/tls-cert`,
        `--tls-key-file=${folder}/tls-key`,
        `--tls-client-ca-file=${folder}/tls-client-ca`,
        `--http-token-file=${folder}/http-token`,
      ]),
    );
    const items = tls.spec.volumes[0].projected.sources.flatMap(({ secret }: Any) => secret.items);
    expect(items).toEqual([
      { key: 'tokens', path: 'http-token' },
      { key: 'ca.crt', path: 'tls-client-ca' },
      { key: 'tls.crt', path: 'tls-cert' },
      { key: 'tls.key', path: 'tls-key' },
    ]);
    const httpGet = { path: '/healthz', port: 8081, scheme: 'HTTPS' };
    expect([startupProbe.httpGet, livenessProbe.httpGet]).toEqual([httpGet, httpGet]);
    const closed = await injected(
      podWith({ 'kedastral.io/http-token-secret': 'a/b', 'kedastral.io/http-token-all': 'true' }),
    );
    const { livenessProbe: plain } = sidecarOf(closed);
    expect(plain).toMatchObject({ tcpSocket: { port: 8081 }, periodSeconds: 10 });
    expect(plain.httpGet).toBeUndefined();
  });

  it('come as variables where the sidecar has no file for them', async () => {
    const { env, args } = sidecarOf(
      await injected(
        podWith({
          'kedastral.io/prom-url': '',
          'kedastral.io/prom-url-secret': 'prometheus/url',
          'kedastral.io/prom-header-secret': 'prometheus/headers',
        }),
      ),
    );
    const key = (name: string, of: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: 'prometheus', key: of, optional: true } },
    });
    expect(env.slice(1)).toEqual([key('PROM_HEADER', 'headers'), key('PROM_URL', 'url')]);
    expect(args.join(' ')).not.toContain('prom-url');
  });

  it('are refused when they are given twice', async () => {
    expect(await refusal({ 'kedastral.io/prom-url-secret': 'a/b' })).toContain('excludes prom-url');
    const twice = {
      'kedastral.io/prom-ca-secret': 'a/b',
      'kedastral.io/prom-ca-configmap': 'a/b',
    };
    expect(await refusal(twice)).toContain('excludes prom-ca-secret');
  });
});

describe('ports', () => {
  const taken = (more: object) => ({ containers: [{ name: 'app', image: 'app:1', ...more }] });

  it.each([
    ['declared', taken({ ports: [{ containerPort: 8081 }] }), 'kedastral.io/listen'],
    ['declared', taken({ ports: [{ containerPort: 50051 }] }), 'kedastral.io/grpc-listen'],
    ['probed', taken({ livenessProbe: { httpGet: { port: 8081 } } }), 'kedastral.io/listen'],
    ['probed', taken({ readinessProbe: { grpc: { port: 50051 } } }), 'kedastral.io/grpc-listen'],
    ['named', taken({ ports: [{ name: 'scaler', containerPort: 1 }] }), 'port named scaler'],
    [
      'of a native sidecar',
      {
        initContainers: [{ name: 'p', restartPolicy: 'Always', ports: [{ containerPort: 8081 }] }],
      },
      'container p',
    ],
  ])('that are taken are refused: %s', async (_, spec, words) => {
    const injection = await inject(podWith({}, spec), around());
    expect(injection).toMatchObject({ outcome: 'refused', reason: 'ports' });
    expect(saidBy(injection)).toContain(words);
  });

  it.each([
    ['of UDP', taken({ ports: [{ containerPort: 8081, protocol: 'UDP' }] })],
    ['of an init container', { initContainers: [{ name: 'i', ports: [{ containerPort: 8081 }] }] }],
  ])('do not clash with those %s', async (_, spec) => {
    expect((await inject(podWith({}, spec), around())).outcome).toBe('injected');
  });

  it('may be chosen', async () => {
    const spec = taken({ ports: [{ containerPort: 8081 }, { containerPort: 50051 }] });
    const sidecar = sidecarOf(
      await injected(
        podWith({ 'kedastral.io/listen': ':9081', 'kedastral.io/grpc-listen': ':9051' }, spec),
      ),
    );
    expect(sidecar.ports.map(({ containerPort }: Any) => containerPort)).toEqual([9081, 9051]);
    expect(sidecar.livenessProbe.httpGet.port).toBe(9081);
  });
});

describe('a mesh', () => {
  const istio = 'traffic.sidecar.istio.io/excludeInboundPorts';
  const linkerd = 'config.linkerd.io/skip-inbound-ports';
  const marksOf = (labels: object, annotations: object) => ({ labels, annotations }) as Any;

  it('is told nothing where there is none', async () => {
    const { annotations } = (await injected(podWith())).metadata;
    expect(annotations).not.toHaveProperty([istio]);
    expect(annotations).not.toHaveProperty([linkerd]);
  });

  it.each([
    ['by annotation', podWith({ 'sidecar.istio.io/inject': 'true' }), {}, istio],
    ['by its proxy', podWith({}, { initContainers: proxy('istio-proxy') }), {}, istio],
    ['by namespace', podWith(), { marks: marksOf({ 'istio-injection': 'enabled' }, {}) }, istio],
    ['by revision', podWith(), { marks: marksOf({ 'istio.io/rev': 'stable' }, {}) }, istio],
    ['by annotation', podWith({ 'linkerd.io/inject': 'enabled' }), {}, linkerd],
    [
      'by namespace',
      podWith(),
      { marks: marksOf({}, { 'linkerd.io/inject': 'enabled' }) },
      linkerd,
    ],
    ['by option', podWith({ 'kedastral.io/mesh': 'linkerd' }), {}, linkerd],
  ])('leaves the ports alone: %s', async (_, pod, more, name) => {
    const { annotations } = (await injected(pod as Pod, more)).metadata;
    expect(annotations[name]).toBe('8081,50051');
  });

  it('keeps what is excluded already', async () => {
    const mesh = { 'kedastral.io/mesh': 'istio' };
    const value = async (before: string) =>
      (await injected(podWith({ ...mesh, [istio]: before }))).metadata.annotations[istio];
    expect(await value('9000, 8081')).toBe('9000,8081,50051');
    expect(await value('*')).toBe('*');
    expect(await value('50051,8081')).toBe('50051,8081');
  });

  it('is left alone by a pod that opts out of it', async () => {
    const marks = marksOf({ 'istio-injection': 'enabled' }, {});
    const pod = podWith({ 'sidecar.istio.io/inject': 'false' });
    const { annotations } = (await injected(pod, { marks })).metadata;
    expect(annotations).not.toHaveProperty([istio]);
  });

  function proxy(name: string) {
    return [{ name, image: 'proxy:1', restartPolicy: 'Always' }];
  }
});
