import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { lintCommand } from '../../src/cli/lint.ts';
import { wireCommand } from '../../src/cli/wire.ts';
import { CODES } from '../../src/lint/finding.ts';
import { FakeTerminal } from '../cli/terminal.ts';
import { page } from '../house/pages.ts';
import { manifest, type WorkloadParts, workload } from '../wiring/workloads.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Any = any;

/** A workload with its wiring, by kind, to be bent. */
type Objects = Record<string, Any>;

interface Case {
  readonly code: string;
  readonly severity?: string;
  readonly why: string;
  readonly bend: (objects: Objects) => void;
  readonly path: string;
  readonly value?: unknown;
  readonly argv?: readonly string[];
  readonly wire?: readonly string[];
  readonly parts?: WorkloadParts;
}

async function wired(parts: WorkloadParts, argv: readonly string[]): Promise<Objects> {
  const object = workload(parts);
  const terminal = new FakeTerminal(false, { '-': manifest(object) });
  expect(await wireCommand(argv, terminal), terminal.errors).toBe(0);
  const made = parseAllDocuments(terminal.output).map((document): Any => document.toJS());
  return Object.fromEntries([object, ...made].map((each: Any) => [each.kind, each]));
}

async function lint(objects: Objects, ...argv: string[]) {
  const text = manifest(...Object.values(objects));
  const terminal = new FakeTerminal(false, { '-': text });
  const code = await lintCommand(['--json', ...argv], terminal);
  const { findings } = JSON.parse(terminal.output);
  return { code, findings };
}

const behavior = (objects: Objects) =>
  objects.ScaledObject.spec.advanced.horizontalPodAutoscalerConfig.behavior;
const forecast = (objects: Objects) => objects.ScaledObject.spec.triggers[0];
const BEHAVIOR = 'spec.advanced.horizontalPodAutoscalerConfig.behavior';
const UP_WINDOW = `${BEHAVIOR}.scaleUp.stabilizationWindowSeconds`;
const TRIGGER = 'spec.triggers[0]';
const ADDRESS = `${TRIGGER}.metadata.scalerAddress`;
const FORMULA = 'spec.advanced.scalingModifiers.formula';
const LABEL = 'spec.template.metadata.labels["kedastral.io/inject"]';
const PAUSED = 'metadata.annotations["autoscaling.keda.sh/paused-replicas"]';
const RELAY = ['--relay=kedastral-relay.shop.svc:50051'];
const ASLEEP = { annotations: { 'kedastral.io/min': '0' } };

function hpa(objects: Objects, more: object = {}): Any {
  const { scaleTargetRef } = objects.ScaledObject.spec;
  return {
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
    metadata: { name: 'old', namespace: 'shop', ...more },
    spec: { scaleTargetRef, maxReplicas: 5, metrics: [] as Any[] },
  };
}

function budget(selector: object): Any {
  const metadata = { name: 'web', namespace: 'shop' };
  const spec = { minAvailable: '90%', selector };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec };
}

function vertical({ Deployment }: Objects, more: object = {}): Any {
  const { apiVersion, kind, metadata } = Deployment;
  const targetRef = { apiVersion, kind, name: metadata.name };
  return {
    ...{ apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata },
    spec: { targetRef, ...more },
  };
}

function rollout(): Any {
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'my-api' };
  const metadata = { name: 'ro', namespace: 'shop' };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, spec: { workloadRef } };
}

type Place = [code: string, severity: string, kind: string, path: string, value?: unknown];

/** What is wrong at one place: a value, or that there is none. */
const PLACES: readonly Place[] = [
  ['metric_type', 'error', 'ScaledObject', `${TRIGGER}.metricType`, 'Value'],
  ['trigger_type', 'warning', 'ScaledObject', `${TRIGGER}.type`, 'external'],
  ['sidecar_missing', 'error', 'Deployment', LABEL],
  ['sidecar_missing', 'error', 'Deployment', LABEL, 'false'],
  ['metadata_unknown', 'error', 'ScaledObject', `${TRIGGER}.metadata.leadtime`, '5m'],
  ['metadata_no_text', 'error', 'ScaledObject', `${TRIGGER}.metadata.leadTime`, 30],
  ['lead_time_malformed', 'error', 'ScaledObject', `${TRIGGER}.metadata.leadTime`, '300'],
  ['lead_time_horizon', 'warning', 'ScaledObject', `${TRIGGER}.metadata.leadTime`, '31m'],
  ['workload_unknown', 'error', 'ScaledObject', `${TRIGGER}.metadata.workload`, 'shop/other'],
  ['cached_metrics', 'warning', 'ScaledObject', `${TRIGGER}.useCachedMetrics`, true],
  ['paused', 'warning', 'ScaledObject', PAUSED, '3'],
  ['address_missing', 'error', 'ScaledObject', ADDRESS],
  ['address_scheme', 'error', 'ScaledObject', ADDRESS, 'http://my-api-kedastral.shop.svc:50051'],
  ['address_ip', 'warning', 'ScaledObject', ADDRESS, '10.0.0.7:50051'],
  ['address_ip', 'warning', 'ScaledObject', ADDRESS, '[fd00::7]:50051'],
  ['target_wrong', 'error', 'ScaledObject', 'spec.scaleTargetRef.kind', 'StatefulSet'],
  ['fallback_threshold', 'warning', 'ScaledObject', 'spec.fallback.failureThreshold', 0],
  ['fallback_threshold', 'warning', 'ScaledObject', 'spec.fallback.failureThreshold', 100],
  ['formula_thins', 'warning', 'ScaledObject', FORMULA, '(forecast + reaction) / 2'],
  ['formula_thins', 'warning', 'ScaledObject', FORMULA, 'min([forecast, reaction])'],
  ['formula_thins', 'warning', 'ScaledObject', FORMULA, 'forecast * 0.8'],
  ['formula_thins', 'error', 'ScaledObject', FORMULA, 'reaction / 200'],
  ['policy_shut', 'warning', 'NetworkPolicy', 'spec.ingress', []],
  ['policy_shut', 'warning', 'NetworkPolicy', 'spec.ingress', [{ ports: [{ port: 8081 }] }]],
  ['address_unqualified', 'error', 'ScaledObject', ADDRESS, 'my-api-kedastral:50051'],
  ['address_port', 'error', 'ScaledObject', ADDRESS, 'my-api-kedastral.shop.svc:8081'],
  ['service_headed', 'error', 'Service', 'spec.clusterIP'],
  ['service_hides_unready', 'error', 'Service', 'spec.publishNotReadyAddresses'],
  ['service_selector', 'error', 'Service', 'spec.selector', { app: 'other' }],
  ['fallback_missing', 'error', 'ScaledObject', 'spec.fallback'],
  ['fallback_lowers', 'error', 'ScaledObject', 'spec.fallback.behavior'],
  ['fallback_lowers', 'error', 'ScaledObject', 'spec.fallback.behavior', 'currentReplicasIfLower'],
  ['zero_direct', 'error', 'ScaledObject', 'spec.minReplicaCount'],
  ['idle_direct', 'error', 'ScaledObject', 'spec.idleReplicaCount', 0],
  ['bounds_differ', 'warning', 'ScaledObject', 'spec.maxReplicaCount', 20],
  ['replicas_fixed', 'warning', 'Deployment', 'spec.replicas', 3],
  ['up_disabled', 'error', 'ScaledObject', `${BEHAVIOR}.scaleUp.selectPolicy`, 'Disabled'],
  ['up_stabilization', 'error', 'ScaledObject', UP_WINDOW, 300],
  ['up_stabilization', 'warning', 'ScaledObject', UP_WINDOW, 30],
  ['tolerance', 'warning', 'ScaledObject', `${BEHAVIOR}.scaleUp.tolerance`],
];

/** Sets a field of an object, or takes it away. */
function setAt(object: Any, path: string, value: unknown): void {
  const keys = [...path.matchAll(/"([^"]+)"|[^.[\]"]+/g)].map(([key, quoted]) => quoted ?? key);
  const last = keys.pop() as string;
  let parent = object;
  for (const key of keys) {
    parent[key] ??= {};
    parent = parent[key];
  }
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}

/** What injection would give it, in short. */
const OF_SIDECAR = [
  '--workload=my-api',
  ...['--prom-url=http://prometheus.monitoring:9090', '--prom-query=up', '--target-per-pod=200'],
];

const CASES: readonly Case[] = [
  {
    code: 'tls_differs',
    why: 'a sidecar in the manifest without TLS',
    bend: (objects) => {
      const { spec } = objects.Deployment.spec.template;
      spec.containers.push({ name: 'kedastral', image: 'kedastral:1', args: OF_SIDECAR });
      forecast(objects).metadata.enableTLS = 'true';
    },
    path: `${TRIGGER}.metadata.enableTLS`,
    value: 'true',
  },
  {
    code: 'tls_differs',
    why: 'a sidecar with TLS, and a trigger without',
    bend: ({ Deployment }) => {
      const { spec } = Deployment.spec.template;
      const args = [...OF_SIDECAR, '--tls-cert-file=/tls/tls.crt', '--tls-key-file=/tls/tls.key'];
      spec.containers.push({ name: 'kedastral', image: 'kedastral:1', args });
    },
    path: `${TRIGGER}.metadata.enableTLS`,
  },
  {
    code: 'target_wrong',
    why: 'another workload than the forecast is of',
    bend: ({ ScaledObject }) => {
      ScaledObject.spec.scaleTargetRef.name = 'web';
    },
    path: 'spec.scaleTargetRef.name',
    value: 'web',
  },
  {
    code: 'target_wrong',
    why: 'another namespace than that of the workload',
    bend: ({ ScaledObject }) => {
      ScaledObject.metadata.namespace = 'scaling';
    },
    path: 'metadata.namespace',
    value: 'scaling',
  },
  {
    code: 'target_wrong',
    why: 'a Deployment that a Rollout keeps at 0',
    bend: (objects) => {
      objects.Rollout = rollout();
    },
    path: 'spec.scaleTargetRef',
  },
  {
    code: 'forecast_twice',
    severity: 'warning',
    why: 'the same of the same',
    bend: (objects) => {
      const { triggers } = objects.ScaledObject.spec;
      const twin = structuredClone(triggers[0]);
      triggers.push({ ...twin, metadata: { ...twin.metadata, leadTime: '3m' } });
    },
    path: 'spec.triggers[2]',
  },
  {
    code: 'reaction_missing',
    severity: 'warning',
    why: 'a clock beside it',
    bend: (objects) => {
      const metadata = { start: '0 8 * * *', end: '0 9 * * *', desiredReplicas: '9' };
      objects.ScaledObject.spec.triggers[1] = { type: 'cron', metadata };
    },
    path: 'spec.triggers',
  },
  {
    code: 'reaction_blind',
    why: 'a container that is not there',
    bend: (objects) => {
      objects.ScaledObject.spec.triggers[1].metadata.containerName = 'api';
    },
    wire: ['--safety=cpu'],
    path: 'spec.triggers[1].metadata.containerName',
    value: 'api',
  },
  {
    code: 'reaction_blind',
    severity: 'warning',
    why: 'a container without a request',
    bend: ({ Deployment }) => {
      delete Deployment.spec.template.spec.containers[0].resources;
    },
    wire: ['--safety=cpu'],
    path: 'spec.triggers[1].metadata.containerName',
    value: 'app',
  },
  {
    code: 'vpa_shared',
    severity: 'warning',
    why: 'CPU, by default',
    bend: (objects) => {
      objects.Vertical = vertical(objects);
    },
    wire: ['--safety=cpu'],
    path: 'spec',
  },
  {
    code: 'budgets_two',
    severity: 'warning',
    why: "the user's own beside the printed one",
    bend: (objects) => {
      objects.Budget = budget({ matchLabels: { app: 'my-api' } });
    },
    path: 'spec.selector',
  },
  {
    code: 'metric_missing',
    why: 'an HPA that KEDA made of the other trigger alone',
    bend: (objects) => {
      const made = hpa(objects, {
        ownerReferences: [{ kind: 'ScaledObject', name: 'my-api' }],
      });
      objects.HorizontalPodAutoscaler = made;
    },
    path: 'spec.metrics',
    value: [],
  },
  {
    code: 'target_size',
    why: 'a formula with another target',
    bend: ({ ScaledObject }) => {
      ScaledObject.spec.advanced.scalingModifiers = { formula: 'forecast * 2', target: '2' };
    },
    path: 'spec.advanced.scalingModifiers.target',
    value: '2',
  },
  {
    code: 'target_size',
    why: 'an HPA with another target',
    bend: (objects) => {
      const ownerReferences = [{ kind: 'ScaledObject', name: 'my-api' }];
      const made = hpa(objects, { ownerReferences });
      const target = { type: 'AverageValue', averageValue: '5' };
      const metric = { name: 's0-desired_replicas' };
      made.spec.metrics = [{ type: 'External', external: { metric, target } }];
      objects.HorizontalPodAutoscaler = made;
    },
    path: 'spec.metrics[0].external.target',
    value: { type: 'AverageValue', averageValue: '5' },
  },
  {
    code: 'sidecar_refused',
    why: 'a slip in an annotation',
    bend: ({ Deployment }) => {
      Deployment.spec.template.metadata.annotations['kedastral.io/mn'] = '3';
    },
    path: 'spec.template.metadata.annotations',
  },
  {
    code: 'sidecar_refused',
    why: 'a port of the application',
    bend: ({ Deployment }) => {
      Deployment.spec.template.spec.containers[0].ports = [{ containerPort: 8081 }];
    },
    path: 'spec.template.metadata.annotations',
  },
  {
    code: 'sidecar_refused',
    why: 'the network of the node',
    bend: ({ Deployment }) => {
      Deployment.spec.template.spec.hostNetwork = true;
    },
    path: 'spec.template.metadata.annotations',
  },
  {
    code: 'port_shared',
    severity: 'warning',
    why: 'a port of the application that it does not declare',
    bend: (objects) => {
      objects.Other = {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'my-api', namespace: 'shop' } },
        spec: {
          selector: { app: 'my-api' },
          ports: [{ port: 80 }, { port: 443, targetPort: 8081 }],
        },
      };
    },
    path: 'spec.ports[1]',
    value: { port: 443, targetPort: 8081 },
  },
  {
    code: 'port_shared',
    severity: 'warning',
    why: 'the one of gRPC',
    bend: (objects) => {
      objects.Other = {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'my-api', namespace: 'shop' } },
        spec: { selector: { app: 'my-api' }, ports: [{ port: 50_051 }] },
      };
    },
    path: 'spec.ports[0]',
  },
  {
    code: 'lead_time_short',
    why: 'measured',
    bend: () => {},
    argv: ['--pod-start=6m'],
    path: 'spec.triggers[0].metadata.leadTime',
  },
  {
    code: 'lead_time_short',
    severity: 'warning',
    why: 'by the startup probe',
    bend: ({ Deployment }) => {
      const [container] = Deployment.spec.template.spec.containers;
      container.startupProbe = { httpGet: { port: 80 }, periodSeconds: 10, failureThreshold: 31 };
    },
    path: 'spec.template.spec.containers[0].startupProbe',
  },
  {
    code: 'shadow_trigger',
    why: 'an annotation',
    bend: ({ Deployment }) => {
      Deployment.spec.template.metadata.annotations['kedastral.io/mode'] = 'shadow';
    },
    path: 'spec.triggers[0]',
  },
  {
    code: 'polling_slow',
    severity: 'warning',
    why: 'from zero',
    bend: ({ ScaledObject }) => {
      ScaledObject.spec.pollingInterval = 120;
    },
    wire: RELAY,
    parts: ASLEEP,
    path: 'spec.pollingInterval',
    value: 120,
  },
  {
    code: 'service_missing',
    severity: 'warning',
    why: 'another Service alone',
    bend: (objects) => {
      objects.Service.metadata.name = 'my-api';
    },
    path: 'spec.triggers[0].metadata.scalerAddress',
    value: 'my-api-kedastral.shop.svc:50051',
  },
  {
    code: 'reaction_missing',
    severity: 'warning',
    why: 'the forecast alone',
    bend: (objects) => {
      objects.ScaledObject.spec.triggers.pop();
    },
    path: 'spec.triggers',
  },
  {
    code: 'reaction_container',
    severity: 'warning',
    why: 'all containers',
    bend: (objects) => {
      delete objects.ScaledObject.spec.triggers[1].metadata.containerName;
    },
    wire: ['--safety=cpu'],
    path: 'spec.triggers[1].metadata.containerName',
  },
  {
    code: 'target_shared',
    why: 'an HPA',
    bend: (objects) => {
      objects.HorizontalPodAutoscaler = hpa(objects);
    },
    path: 'spec.scaleTargetRef',
  },
  {
    code: 'up_slow',
    severity: 'warning',
    why: 'the slower of two',
    bend: (objects) => {
      behavior(objects).scaleUp.selectPolicy = 'Min';
    },
    path: `${BEHAVIOR}.scaleUp.policies`,
  },
  {
    code: 'up_slow',
    severity: 'warning',
    why: 'half of it in a step',
    bend: (objects) => {
      behavior(objects).scaleUp.policies = [{ type: 'Percent', value: 50, periodSeconds: 60 }];
    },
    path: `${BEHAVIOR}.scaleUp.policies`,
  },
  {
    code: 'down_stabilization',
    severity: 'warning',
    why: 'by default',
    bend: (objects) => {
      delete behavior(objects).scaleDown;
    },
    path: `${BEHAVIOR}.scaleDown.stabilizationWindowSeconds`,
  },
];

type Found = Pick<Case, 'code' | 'severity' | 'path' | 'value'>;

async function expectFound(objects: Objects, expected: Found, argv: readonly string[]) {
  const { code, severity = 'error', path, value } = expected;
  const { code: exitCode, findings } = await lint(objects, ...argv);
  const [found, ...others] = findings.filter((one: Any) => one.code === code);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ severity, path, why: CODES[code as keyof typeof CODES] });
  if (value !== undefined) expect(found.value).toEqual(value);
  expect(exitCode).toBe(findings.some((one: Any) => one.severity === 'error') ? 1 : 0);
}

describe('kedastral lint finds', () => {
  it.each(PLACES)('%s, as %s, of a %s: %s %j', async (code, severity, kind, path, value) => {
    const objects = await wired({}, []);
    setAt(objects[kind], path, value);
    await expectFound(objects, { code, severity, path, value }, []);
  });

  it.each(CASES)('$code: $why', async ({ parts = {}, wire = [], argv = [], bend, ...each }) => {
    const objects = await wired(parts, wire);
    bend(objects);
    await expectFound(objects, each, argv);
  });

  it.each([
    ['as it is wired', {}, []],
    ['with CPU as its safety', {}, ['--safety=cpu']],
    ['asleep behind a relay', ASLEEP, RELAY],
  ])('nothing in a workload %s', async (_, parts, argv) => {
    expect(await lint(await wired(parts, argv))).toEqual({ code: 0, findings: [] });
  });

  it('a headed Service without its workload', async () => {
    const { Deployment, ...objects } = await wired({ name: 'api' }, []);
    objects.Service.metadata.name = 'forecasts';
    forecast(objects).metadata.scalerAddress = 'forecasts.shop.svc:50051';
    objects.Service.spec.clusterIP = '10.0.0.7';
    const { findings } = await lint(objects);
    expect(findings.map((each: Any) => each.code)).toEqual(['service_headed']);
  });

  it('a secret in the metadata, and does not repeat it', async () => {
    const objects = await wired({}, []);
    forecast(objects).metadata.tlsClientKey = 'hunter2';
    const { findings } = await lint(objects);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
    expect(findings).toMatchObject([{ code: 'metadata_unknown', value: '***' }]);
  });

  it('each of its codes', () => {
    const tried = new Set([...CASES.map(({ code }) => code), ...PLACES.map(([code]) => code)]);
    expect(Object.keys(CODES).filter((code) => !tried.has(code))).toEqual([]);
  });
});

describe('the codes of lint', () => {
  it('are in manifests/README.md, with their reasons', () => {
    const text = page('manifests/README.md');
    const [, table = ''] = /<!-- lint:start -->([\s\S]*?)<!-- lint:end -->/.exec(text) ?? [];
    const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, ...row]) => row);
    expect(rows).toEqual(Object.entries(CODES));
  });
});

describe('kedastral lint leaves alone', () => {
  it.each<[string, (objects: Objects) => void, readonly string[], readonly string[]]>([
    ['0 replicas with a relay', () => {}, RELAY, []],
    [
      'a fallback to all',
      ({ ScaledObject }) => {
        ScaledObject.spec.fallback = { failureThreshold: 3, replicas: 50 };
      },
      [],
      [],
    ],
    [
      'an HPA that is taken over',
      (objects) => {
        const { metadata, spec } = objects.ScaledObject;
        metadata.annotations = { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' };
        spec.advanced.horizontalPodAutoscalerConfig.name = 'old';
        objects.HorizontalPodAutoscaler = hpa(objects);
      },
      [],
      [],
    ],
    [
      'a pause that is over',
      ({ ScaledObject }) => {
        ScaledObject.metadata.annotations = { 'autoscaling.keda.sh/paused': 'false' };
      },
      [],
      [],
    ],
    [
      'the tolerance of an older cluster',
      (objects) => {
        delete behavior(objects).scaleUp.tolerance;
      },
      [],
      ['--kubernetes-version=1.34'],
    ],
    [
      'the tolerance of a few pods',
      (objects) => {
        delete behavior(objects).scaleUp.tolerance;
        objects.ScaledObject.spec.maxReplicaCount = 9;
        objects.Deployment.spec.template.metadata.annotations['kedastral.io/max'] = '9';
      },
      [],
      [],
    ],
    [
      'replicas of what comes from a cluster',
      ({ Deployment }) => {
        Deployment.metadata.uid = '0f5c6c1e';
        Deployment.spec.replicas = 3;
      },
      [],
      [],
    ],
    ['a lead time that is enough', () => {}, [], ['--pod-start=45s']],
    [
      'the port of a Service that leads elsewhere, by name, or to no pod of its own',
      (objects) => {
        const service = (name: string, namespace: string, spec: object) => ({
          ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec },
        });
        const selector = { app: 'my-api' };
        const ports = [{ port: 8081, targetPort: 'web' }];
        objects.A = service('a', 'shop', { selector, ports });
        objects.B = service('b', 'shop', { selector: { app: 'b' }, ports: [{ port: 8081 }] });
        objects.C = service('c', 'other', { selector, ports: [{ port: 8081 }] });
        objects.D = service('d', 'shop', { ports: [{ port: 8081 }] });
      },
      [],
      [],
    ],
    [
      'other guards, and a VPA that leaves CPU alone',
      (objects) => {
        objects.Budget = budget({ matchLabels: { app: 'other' } });
        const containerPolicies = [{ containerName: '*', controlledResources: ['memory'] }];
        objects.Vertical = vertical(objects, { resourcePolicy: { containerPolicies } });
        const off = vertical(objects, { updatePolicy: { updateMode: 'Off' } });
        objects.Off = { ...off, metadata: { ...off.metadata, name: 'off' } };
      },
      ['--safety=cpu'],
      [],
    ],
    [
      'a formula that takes the larger one',
      ({ ScaledObject }) => {
        const formula = 'max([forecast, reaction / 200])';
        ScaledObject.spec.advanced.scalingModifiers = { formula, target: '1' };
      },
      [],
      [],
    ],
    [
      'a default deny beside a policy that lets KEDA in',
      (objects) => {
        const metadata = { name: 'deny', namespace: 'shop' };
        const spec = { podSelector: {}, policyTypes: ['Ingress'] };
        const deny = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec };
        objects.Deny = deny;
      },
      ['--network-policy=guarded'],
      [],
    ],
    [
      'CPU of a container that a LimitRange gives a request',
      (objects) => {
        delete objects.Deployment.spec.template.spec.containers[0].resources;
        const metadata = { name: 'r', namespace: 'shop' };
        const limits = [{ type: 'Container', defaultRequest: { cpu: '100m' } }];
        objects.R = { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } };
      },
      ['--safety=cpu'],
      [],
    ],
    [
      'a relay by the name of another workload that it forecasts',
      ({ ScaledObject }) => {
        ScaledObject.spec.triggers[0].metadata.workload = 'shop/front';
      },
      RELAY,
      [],
    ],
    [
      'other scalers',
      ({ ScaledObject }) => {
        const metadata = { scalerAddress: 'other.shop.svc:9000', threshold: '5' };
        ScaledObject.spec.triggers.push({ type: 'external-push', metricType: 'Value', metadata });
      },
      [],
      [],
    ],
  ])('%s', async (_, bend, wire, argv) => {
    const objects = await wired(wire === RELAY ? ASLEEP : {}, wire);
    bend(objects);
    expect(await lint(objects, ...argv)).toMatchObject({ code: 0, findings: [] });
  });
});

describe('what lint says', () => {
  it('names files and lines of two scalers of one name', async () => {
    const objects = await wired({}, []);
    const text = manifest(...Object.values(objects));
    const terminal = new FakeTerminal(false, { 'a.yaml': text, 'b.yaml': text });
    await lintCommand(['-f', 'a.yaml', '-f', 'b.yaml'], terminal);
    const place = String.raw`ScaledObject my-api \([ab]\.yaml:\d+\)`;
    expect(terminal.output).toMatch(new RegExp(`take one away: ${place}, or ${place}`));
  });

  it('names the namespace that the Service of an address is in', async () => {
    const objects = await wired({}, []);
    objects.Service.metadata.namespace = 'web';
    const { findings } = await lint(objects);
    const found = findings.find(({ code }: Any) => code === 'service_missing');
    expect(found.fix).toBe('write my-api-kedastral.web.svc: the Service is in namespace web');
  });

  it('is nothing of a Rollout that names its workload, as wire has it', async () => {
    const text = manifest(workload(), rollout());
    const wiring = new FakeTerminal(false, { '-': text });
    expect(await wireCommand([], wiring)).toBe(0);
    const terminal = new FakeTerminal(false, { '-': text + wiring.output });
    await lintCommand([], terminal);
    expect(terminal.output).toBe('0 errors, 0 warnings, 1 checked\n');
  });
});
