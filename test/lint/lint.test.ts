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
  readonly severity?: 'error' | 'warning';
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

const CASES: readonly Case[] = [
  {
    code: 'metric_type',
    why: 'Value',
    bend: (objects) => {
      forecast(objects).metricType = 'Value';
    },
    path: 'spec.triggers[0].metricType',
    value: 'Value',
  },
  {
    code: 'trigger_type',
    severity: 'warning',
    why: 'a sidecar that comes later is not heard of',
    bend: (objects) => {
      forecast(objects).type = 'external';
    },
    path: 'spec.triggers[0].type',
    value: 'external',
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
    code: 'sidecar_missing',
    why: 'no label',
    bend: ({ Deployment }) => {
      delete Deployment.spec.template.metadata.labels['kedastral.io/inject'];
    },
    path: 'spec.template.metadata.labels["kedastral.io/inject"]',
  },
  {
    code: 'sidecar_missing',
    why: 'another label',
    bend: ({ Deployment }) => {
      Deployment.spec.template.metadata.labels['kedastral.io/inject'] = 'false';
    },
    path: 'spec.template.metadata.labels["kedastral.io/inject"]',
    value: 'false',
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
    code: 'metadata_unknown',
    why: 'a slip',
    bend: (objects) => {
      forecast(objects).metadata.leadtime = '5m';
    },
    path: 'spec.triggers[0].metadata.leadtime',
    value: '5m',
  },
  {
    code: 'metadata_no_text',
    why: 'a number',
    bend: (objects) => {
      forecast(objects).metadata.leadTime = 30;
    },
    path: 'spec.triggers[0].metadata.leadTime',
    value: 30,
  },
  {
    code: 'lead_time_malformed',
    why: 'no unit',
    bend: (objects) => {
      forecast(objects).metadata.leadTime = '300';
    },
    path: 'spec.triggers[0].metadata.leadTime',
    value: '300',
  },
  {
    code: 'lead_time_horizon',
    severity: 'warning',
    why: 'past the horizon',
    bend: (objects) => {
      forecast(objects).metadata.leadTime = '31m';
    },
    path: 'spec.triggers[0].metadata.leadTime',
    value: '31m',
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
    code: 'workload_unknown',
    why: 'another workload',
    bend: (objects) => {
      forecast(objects).metadata.workload = 'shop/other';
    },
    path: 'spec.triggers[0].metadata.workload',
    value: 'shop/other',
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
    code: 'cached_metrics',
    severity: 'warning',
    why: 'useCachedMetrics',
    bend: (objects) => {
      forecast(objects).useCachedMetrics = true;
    },
    path: 'spec.triggers[0].useCachedMetrics',
    value: true,
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
    code: 'paused',
    severity: 'warning',
    why: 'at a number',
    bend: ({ ScaledObject }) => {
      ScaledObject.metadata.annotations = { 'autoscaling.keda.sh/paused-replicas': '3' };
    },
    path: 'metadata.annotations["autoscaling.keda.sh/paused-replicas"]',
    value: '3',
  },
  {
    code: 'address_unqualified',
    why: 'no namespace',
    bend: (objects) => {
      forecast(objects).metadata.scalerAddress = 'my-api-kedastral:50051';
    },
    path: 'spec.triggers[0].metadata.scalerAddress',
    value: 'my-api-kedastral:50051',
  },
  {
    code: 'address_port',
    why: 'that of HTTP',
    bend: (objects) => {
      forecast(objects).metadata.scalerAddress = 'my-api-kedastral.shop.svc:8081';
    },
    path: 'spec.triggers[0].metadata.scalerAddress',
    value: 'my-api-kedastral.shop.svc:8081',
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
    code: 'service_headed',
    why: 'no clusterIP',
    bend: (objects) => {
      delete objects.Service.spec.clusterIP;
    },
    path: 'spec.clusterIP',
  },
  {
    code: 'service_hides_unready',
    why: 'not set',
    bend: (objects) => {
      delete objects.Service.spec.publishNotReadyAddresses;
    },
    path: 'spec.publishNotReadyAddresses',
  },
  {
    code: 'service_selector',
    why: 'another app',
    bend: (objects) => {
      objects.Service.spec.selector = { app: 'other' };
    },
    path: 'spec.selector',
    value: { app: 'other' },
  },
  {
    code: 'fallback_missing',
    why: 'none',
    bend: (objects) => {
      delete objects.ScaledObject.spec.fallback;
    },
    path: 'spec.fallback',
  },
  {
    code: 'fallback_lowers',
    why: 'static by default',
    bend: (objects) => {
      delete objects.ScaledObject.spec.fallback.behavior;
    },
    path: 'spec.fallback.behavior',
  },
  {
    code: 'fallback_lowers',
    why: 'the lower one',
    bend: (objects) => {
      objects.ScaledObject.spec.fallback.behavior = 'currentReplicasIfLower';
    },
    path: 'spec.fallback.behavior',
    value: 'currentReplicasIfLower',
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
    code: 'zero_direct',
    why: 'by default',
    bend: (objects) => {
      delete objects.ScaledObject.spec.minReplicaCount;
    },
    path: 'spec.minReplicaCount',
  },
  {
    code: 'idle_direct',
    why: 'idleReplicaCount',
    bend: ({ ScaledObject }) => {
      ScaledObject.spec.idleReplicaCount = 0;
    },
    path: 'spec.idleReplicaCount',
    value: 0,
  },
  {
    code: 'bounds_differ',
    severity: 'warning',
    why: 'a lower most',
    bend: ({ ScaledObject }) => {
      ScaledObject.spec.maxReplicaCount = 20;
    },
    path: 'spec.maxReplicaCount',
    value: 20,
  },
  {
    code: 'replicas_fixed',
    severity: 'warning',
    why: 'in the manifest',
    bend: ({ Deployment }) => {
      Deployment.spec.replicas = 3;
    },
    path: 'spec.replicas',
    value: 3,
  },
  {
    code: 'up_disabled',
    why: 'selectPolicy',
    bend: (objects) => {
      behavior(objects).scaleUp.selectPolicy = 'Disabled';
    },
    path: `${BEHAVIOR}.scaleUp.selectPolicy`,
    value: 'Disabled',
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
    code: 'up_stabilization',
    why: 'as long as the lead time',
    bend: (objects) => {
      behavior(objects).scaleUp.stabilizationWindowSeconds = 300;
    },
    path: `${BEHAVIOR}.scaleUp.stabilizationWindowSeconds`,
    value: 300,
  },
  {
    code: 'up_stabilization',
    severity: 'warning',
    why: 'a part of it',
    bend: (objects) => {
      behavior(objects).scaleUp.stabilizationWindowSeconds = 30;
    },
    path: `${BEHAVIOR}.scaleUp.stabilizationWindowSeconds`,
    value: 30,
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
  {
    code: 'tolerance',
    severity: 'warning',
    why: 'by default',
    bend: (objects) => {
      delete behavior(objects).scaleUp.tolerance;
    },
    path: `${BEHAVIOR}.scaleUp.tolerance`,
  },
];

describe('kedastral lint finds', () => {
  it.each(CASES)('$code: $why', async ({ parts = {}, wire = [], argv = [], ...each }) => {
    const objects = await wired(parts, wire);
    const { findings: before } = await lint(objects);
    expect(before).toEqual([]);
    each.bend(objects);
    const { code, findings } = await lint(objects, ...argv);
    const { severity = 'error', value = null, path } = each;
    const [found, ...others] = findings.filter((one: Any) => one.code === each.code);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity, path, why: CODES[each.code as keyof typeof CODES] });
    if (value !== null) expect(found.value).toEqual(value);
    expect(code).toBe(findings.some((one: Any) => one.severity === 'error') ? 1 : 0);
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
    const tried = new Set(CASES.map(({ code }) => code));
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
