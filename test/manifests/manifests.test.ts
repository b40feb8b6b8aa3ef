import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../house/sources.ts';
import { temporaryFolder } from '../parts/program.ts';

const BIN = join(ROOT, 'build/python/bin');
const CRD = join(ROOT, 'test/manifests/keda-2.21.0-scaledobjects.yaml');
const MANIFESTS = join(ROOT, 'manifests');

const run = promisify(execFile);

/** The output of a linter; `clean` when it found nothing. */
async function lint(command: string, ...args: string[]): Promise<{ clean: boolean; said: string }> {
  return run(join(BIN, command), args).then(
    ({ stdout, stderr }) => ({ clean: true, said: stdout + stderr }),
    ({ stdout, stderr }) => ({ clean: false, said: stdout + stderr }),
  );
}

const kubernetes = (file: string) => lint('kubernetes-validate', '--strict', file);
const keda = (file: string) =>
  lint('python', join(ROOT, 'test/manifests/validate_custom.py'), CRD, file);

// biome-ignore lint/suspicious/noExplicitAny: manifests of every kind
function manifest(name: string): any {
  return parse(readFileSync(join(MANIFESTS, name), 'utf8'));
}

/** A changed copy of a manifest, for what a validator must refuse. */
async function altered(name: string, from: string, to: string): Promise<string> {
  const text = readFileSync(join(MANIFESTS, name), 'utf8');
  expect(text).toContain(from);
  const file = join(temporaryFolder(), basename(name));
  await writeFile(file, text.replace(from, to));
  return file;
}

describe('the manifests', () => {
  it.each(['deployment.yaml', 'service.yaml'])('%s is valid Kubernetes', async (name) => {
    const { clean, said } = await kubernetes(join(MANIFESTS, name));
    expect(clean, said).toBe(true);
  });

  it('scaledobject.yaml is valid for KEDA 2.21', async () => {
    const { clean, said } = await keda(join(MANIFESTS, 'scaledobject.yaml'));
    expect(clean, said).toBe(true);
  });

  it('are held against schemas that refuse', async () => {
    const deployment = await altered('deployment.yaml', 'startupProbe', 'startUpProbe');
    expect((await kubernetes(deployment)).clean).toBe(false);
    for (const [from, to] of [
      ['failureThreshold: 3', 'failureThreshold: three'],
      ['pollingInterval', 'pollingIntervall'],
      ['currentReplicasIfHigher', 'highest'],
    ] as const) {
      const { clean, said } = await keda(await altered('scaledobject.yaml', from, to));
      expect(clean, said).toBe(false);
    }
  });

  it('keep Kedastral out of the way of the application', () => {
    const { containers } = manifest('deployment.yaml').spec.template.spec;
    const sidecar = containers.find(({ name }: { name: string }) => name === 'kedastral');
    expect(sidecar.readinessProbe).toBeUndefined();
    expect(sidecar.startupProbe.httpGet.path).toBe('/healthz');
    expect(sidecar.livenessProbe.httpGet.path).toBe('/healthz');
    expect(sidecar.resources.limits.cpu).toBeUndefined();
    expect(sidecar.resources.limits.memory).toBeDefined();
    expect(sidecar.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('agree with each other', () => {
    const deployment = manifest('deployment.yaml');
    const service = manifest('service.yaml');
    const scaled = manifest('scaledobject.yaml');
    const [forecast] = scaled.spec.triggers;
    const ports = deployment.spec.template.spec.containers
      .flatMap((container: { ports?: object[] }) => container.ports ?? [])
      .map(({ name, containerPort }: { name: string; containerPort: number }) => [
        name,
        containerPort,
      ]);

    expect(service.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(service.spec.selector).toEqual(deployment.spec.template.metadata.labels);
    for (const { port, targetPort } of service.spec.ports) {
      expect(ports).toContainEqual([targetPort, port]);
    }
    const { name, namespace } = service.metadata;
    expect(forecast.metadata.scalerAddress).toBe(`${name}.${namespace}.svc.cluster.local:50051`);
    expect(forecast.metadata.workload).toBe(`${namespace}/${deployment.metadata.name}`);
    expect(forecast.metricType).toBe('AverageValue');
    expect(scaled.spec.scaleTargetRef.name).toBe(deployment.metadata.name);
    expect(scaled.spec.triggers.length).toBeGreaterThan(1);
  });
});

describe('the image', () => {
  const dockerfile = join(MANIFESTS, 'image/Dockerfile');

  it('has no fault that hadolint finds', async () => {
    const { clean, said } = await lint('hadolint', '--failure-threshold', 'style', dockerfile);
    expect(clean, said).toBe(true);
  });

  it('is linted by something that finds faults', async () => {
    const file = await altered('image/Dockerfile', 'FROM node:26-trixie-slim\n', 'FROM node\n');
    expect((await lint('hadolint', file)).said).toContain('DL3006');
  });

  it('runs as a user without rights, of an LTS line, from dist/ alone', () => {
    const stages = readFileSync(dockerfile, 'utf8')
      .split(/^FROM /m)
      .slice(1);
    expect(stages).toHaveLength(2);
    const [, final = ''] = stages;
    expect(final).toMatch(/^node:(24|26)-/);
    expect(final.match(/^COPY .*$/gm)).toEqual(['COPY --from=build /src/dist /opt/kedastral']);
    expect(final).toMatch(/^USER \d{4,}:\d{4,}$/m);
  });
});
