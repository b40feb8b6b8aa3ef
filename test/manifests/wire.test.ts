import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { wireCommand } from '../../src/cli/wire.ts';
import { FakeTerminal } from '../cli/terminal.ts';
import { ROOT } from '../house/sources.ts';
import { temporaryFolder } from '../parts/program.ts';
import { manifest, type WorkloadParts, workload } from '../wiring/workloads.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Any = any;

const BIN = join(ROOT, 'build/python/bin');
const CRDS = ['scaledobjects', 'triggerauthentications'].map((kind) =>
  join(ROOT, `test/manifests/keda-2.21.0-${kind}.yaml`),
);
const RANDOM_COUNT = 10;
const MS_MAX = 60_000;

async function run(command: string, ...args: string[]): Promise<{ clean: boolean; said: string }> {
  return promisify(execFile)(join(BIN, command), args).then(
    ({ stdout, stderr }) => ({ clean: true, said: stdout + stderr }),
    ({ stdout, stderr }) => ({ clean: false, said: stdout + stderr }),
  );
}

const kubernetes = (file: string) => run('kubernetes-validate', '--strict', file);
const keda = (crd: string, file: string) =>
  run('python', join(ROOT, 'test/manifests/validate_custom.py'), crd, file);

async function wire(parts: WorkloadParts, ...argv: string[]): Promise<Any[]> {
  const terminal = new FakeTerminal(false, { '-': manifest(workload(parts)) });
  expect(await wireCommand(argv, terminal), terminal.errors).toBe(0);
  const documents = parseAllDocuments(terminal.output, { version: '1.1' });
  return documents.map((document) => document.toJS());
}

/** Deployments as they come, so that every object is held against its schema in many forms. */
const RANDOM = fc.record({
  name: fc.stringMatching(/^[a-z0-9](?:[a-z0-9.-]{0,50}[a-z0-9])?$/).filter((name) => {
    return name.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label));
  }),
  annotations: fc.record(
    {
      'kedastral.io/min': fc.integer({ min: 1, max: 9 }).map(String),
      'kedastral.io/lead-time': fc.constantFrom('90s', '4m'),
      'kedastral.io/step': fc.constantFrom('1s', '30s', '1m'),
      'kedastral.io/target-per-pod': fc.double({ min: 0.001, max: 1e9, noNaN: true }).map(String),
      'kedastral.io/up-max-factor': fc.double({ min: 1.001, max: 90, noNaN: true }).map(String),
      'kedastral.io/down-max-percent': fc.double({ min: 0, max: 100, noNaN: true }).map(String),
      'kedastral.io/prom-bearer-token-secret': fc.constant('prom/token'),
      'kedastral.io/prom-ca-configmap': fc.constant('ca/ca.crt'),
      'kedastral.io/tls-secret': fc.constant('my-api-tls'),
    },
    { requiredKeys: [] },
  ),
});

describe('what kedastral wire prints', () => {
  let objects: Any[];
  const written = async (chosen: Any[]): Promise<string> => {
    const file = join(temporaryFolder(), 'objects.yaml');
    await writeFile(file, chosen.map((each) => `---\n${stringify(each)}`).join(''));
    return file;
  };
  const ofKind = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind));

  beforeAll(async () => {
    const sample = fc.sample(RANDOM, { numRuns: RANDOM_COUNT, seed: 7 });
    const made = await Promise.all(sample.map((parts) => wire(parts)));
    const asleep = { annotations: { 'kedastral.io/min': '0' } };
    made.push(await wire(asleep, '--relay=relay.shop.svc:50051', '--kubernetes-version=1.34'));
    made.push(await wire({}, '--safety=cpu', '--network-policy=guarded', '--push=false'));
    objects = made.flat();
  }, MS_MAX);

  it('is of the kinds that are tried here', () => {
    expect([...new Set(objects.map(({ kind }) => kind))].sort()).toEqual([
      'NetworkPolicy',
      'PodDisruptionBudget',
      'ScaledObject',
      'Service',
      'ServiceMonitor',
      'TriggerAuthentication',
    ]);
  });

  it(
    'is valid Kubernetes',
    async () => {
      const chosen = ofKind('Service', 'PodDisruptionBudget', 'NetworkPolicy');
      const { clean, said } = await kubernetes(await written(chosen));
      expect(clean, said).toBe(true);
      const wrong = structuredClone(chosen);
      wrong[0].spec.clusterIp = 'None';
      expect((await kubernetes(await written(wrong))).clean).toBe(false);
    },
    MS_MAX,
  );

  it.each([
    ['ScaledObject', CRDS[0] as string],
    ['TriggerAuthentication', CRDS[1] as string],
  ])(
    'is a %s of KEDA 2.21',
    async (kind, crd) => {
      const chosen = ofKind(kind);
      const { clean, said } = await keda(crd, await written(chosen));
      expect(clean, said).toBe(true);
      const wrong = structuredClone(chosen);
      wrong[0].spec.trigger = [];
      expect((await keda(crd, await written(wrong))).clean).toBe(false);
    },
    MS_MAX,
  );

  it('monitors a Service that is there, by a port that it has', () => {
    for (const { metadata, spec, ...rest } of ofKind('ServiceMonitor')) {
      expect(rest).toEqual({ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor' });
      const services = ofKind('Service').filter((each) => each.metadata.name === metadata.name);
      expect(services[0].metadata.labels).toMatchObject(spec.selector.matchLabels);
      const [endpoint, ...others] = spec.endpoints;
      expect(others).toEqual([]);
      expect(endpoint).toEqual({ port: 'http', path: '/metrics', interval: '30s' });
      expect(services[0].spec.ports.map(({ name }: Any) => name)).toContain(endpoint.port);
    }
  });
});
