import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintCommand } from '../../src/cli/lint.ts';
import { wireCommand } from '../../src/cli/wire.ts';
import { ROOT } from '../house/sources.ts';
import { temporaryFolder } from '../parts/program.ts';
import { manifest, workload } from '../wiring/workloads.ts';
import { FakeTerminal } from './terminal.ts';

const RUNS = 60;
const PROPERTY_MS_MAX = 60_000;

const SCALED = `# what scales
apiVersion: v1
kind: List
items:
  - apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata: {name: my-api, namespace: shop}
    spec:
      scaleTargetRef: {name: my-api}
      minReplicaCount: 1
      fallback: {failureThreshold: 3, replicas: 3, behavior: currentReplicas}
      triggers:
        - type: external-push
          metricType: Value
          metadata:
            scalerAddress: my-api-kedastral.shop.svc:50051
        - {type: cpu, metricType: Utilization, metadata: {value: "80", containerName: app}}
      advanced:
        horizontalPodAutoscalerConfig:
          behavior:
            scaleUp: {tolerance: "0"}
            scaleDown: {stabilizationWindowSeconds: 30}
`;
const GOOD = SCALED.replace('          metricType: Value\n', '');
const WARNED = GOOD.replace('"0"', '"0.1"');

async function lint(files: Record<string, string>, ...argv: string[]) {
  const terminal = new FakeTerminal(false, files);
  const code = await lintCommand(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

describe('kedastral lint', () => {
  it('tells file, line, field, value, why and what to do', async () => {
    const text = `---\n# nothing\n---\n${SCALED}`;
    const { code, output, errors } = await lint({ 'a.yaml': text }, '-f', 'a.yaml');
    expect({ code, errors }).toEqual({ code: 1, errors: '' });
    const line = text.split('\n').indexOf('          metricType: Value') + 1;
    expect(output).toBe(
      `a.yaml:${line}: error metric_type: ScaledObject shop/my-api: ` +
        'spec.triggers[0].metricType "Value"\n' +
        '  why: the answer is a replica count, which Value multiplies by the pods that run\n' +
        '  fix: set AverageValue, or leave it out\n' +
        '1 errors, 0 warnings, 1 checked\n',
    );
    const json = await lint({ '-': text }, '--json');
    expect(JSON.parse(json.output).findings).toMatchObject([
      { file: '-', document: 2, line, path: 'spec.triggers[0].metricType', value: 'Value' },
    ]);
  });

  it('prints names in one line, without control characters', async () => {
    const name = '"my-api\\n0 errors\\e[31m"';
    const { output } = await lint({ '-': SCALED.replace('name: my-api', `name: ${name}`) });
    expect(output).toContain('ScaledObject shop/my-api\\n0 errors\\u001b[31m: spec');
    const missing = await lint({}, '-f', 'a\x1b[31m.yaml');
    expect(missing.errors).toBe('kedastral lint: a\\u001b[31m.yaml: ENOENT\n');
  });

  it('exits 0 on warnings, unless strict', async () => {
    expect(await lint({ '-': GOOD }, '--strict')).toMatchObject({ code: 0 });
    const { code, output } = await lint({ '-': WARNED });
    expect(code).toBe(0);
    expect(output).toContain('warning tolerance');
    expect((await lint({ '-': WARNED }, '--strict')).code).toBe(1);
  });

  it('looks at several files together', async () => {
    const service = (spec: object) =>
      manifest({
        ...{ apiVersion: 'v1', kind: 'Service', spec },
        metadata: { name: 'my-api-kedastral', namespace: 'shop' },
      });
    const files = { 'a.yaml': GOOD, 'b.yaml': service({ selector: { app: 'my-api' } }) };
    const { code, output } = await lint(files, '-f', 'a.yaml', '--file=b.yaml');
    expect(code).toBe(1);
    expect(output).toMatch(/^b\.yaml:\d+: error service_headed/);
    expect(output).toContain('2 errors');
  });

  it('reads folders, and what is in them', async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'b'));
    const paths = [join(folder, 'a.yaml'), join(folder, 'b/c.json'), join(folder, 'README.md')];
    for (const path of paths) await writeFile(path, '');
    const files = { [paths[0] as string]: GOOD, [paths[1] as string]: manifest(workload()) };
    const { code, output, errors } = await lint(files, '-f', folder, '--strict');
    expect(errors).toBe('');
    // The workload's own bounds are known then.
    expect(output).toContain('bounds_differ');
    expect(code).toBe(1);
  });

  it('finds nothing in the manifests of this repository', async () => {
    const folder = join(ROOT, 'manifests');
    const all = await readdir(folder, { recursive: true });
    const names = all.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('chart'));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    const files = Object.fromEntries(names.map((name, i) => [name, texts[i] as string]));
    const scaled = names.filter((name) => files[name]?.includes('kind: ScaledObject'));
    expect(scaled).toContain('relay/scaledobject.yaml');
    for (const name of scaled) {
      const beside = names.filter((other) => dirname(other) === dirname(name));
      const { output } = await lint(files, '--strict', ...beside.map((each) => `--file=${each}`));
      expect(output, name).toBe('0 errors, 0 warnings, 1 checked\n');
    }
  });

  it('leaves templates of Helm in a folder out, and says so', async () => {
    const folder = temporaryFolder();
    await mkdir(join(folder, 'templates'));
    const template = join(folder, 'templates/injector.yaml');
    await writeFile(template, '{{- if .Values.enabled }}\nkind: A\n{{- end }}\n');
    await writeFile(join(folder, 'a.yaml'), GOOD);
    // What is YAML is none, whatever its texts are.
    const rules = await readFile(join(ROOT, 'manifests/monitoring/rules.yaml'), 'utf8');
    expect(rules).toMatch(/^ +\{\{ \$value/m);
    await writeFile(join(folder, 'rules.yaml'), rules);
    const read = (path: string) => readFile(path, 'utf8');
    const terminal = Object.assign(new FakeTerminal(), { read });
    expect(await lintCommand(['-f', folder], terminal)).toBe(0);
    expect(terminal.output).toContain('1 checked');
    expect(terminal.errors).toBe(`kedastral lint: ${template}: left out: a template of Helm\n`);
    expect(await lintCommand(['-f', template], terminal)).toBe(1);
  });

  it('knows the options of those manifests: other bounds and ports are found', async () => {
    const read = (name: string) => readFile(join(ROOT, 'manifests', name), 'utf8');
    const [deployment, scaled] = await Promise.all(
      ['deployment.yaml', 'scaledobject.yaml'].map(read),
    );
    const bent = (scaled as string).replace('minReplicaCount: 2', 'minReplicaCount: 3');
    expect(bent).not.toBe(scaled);
    const { output } = await lint({
      '-': `${deployment}\n---\n${bent.replace(':50051', ':50052')}`,
    });
    expect(output).toContain('bounds_differ');
    expect(output).toContain('address_port');
  });

  it('says when there is nothing to check', async () => {
    const { code, errors } = await lint({ '-': manifest(workload()) });
    expect(code).toBe(0);
    expect(errors).toContain('no ScaledObject asks Kedastral');
  });

  it('says what it cannot read', async () => {
    expect(await lint({}, '-f', 'none.yaml')).toMatchObject({
      code: 1,
      output: '',
      errors: 'kedastral lint: none.yaml: ENOENT\n',
    });
    const { errors } = await lint({ '-': '---\na: 1\n---\nb: [\n' });
    expect(errors).toMatch(/^kedastral lint: -: line \d+: no valid YAML/);
  });

  it.each([
    [['--pod-start=soon'], 'must be a duration'],
    [['--jsn'], 'did you mean --json'],
    [['shop.yaml'], 'belongs to no option'],
  ])('refuses %j as a usage error', async (argv, words) => {
    const { code, output, errors } = await lint({ '-': GOOD }, ...argv);
    expect({ code, output }).toEqual({ code: 64, output: '' });
    expect(errors).toContain(words);
  });

  it('prints its options', async () => {
    expect((await lint({}, '--help')).output).toContain('--pod-start duration');
  });
});

describe('whatever is wired', () => {
  const annotations = fc.record(
    {
      'kedastral.io/min': fc.integer({ min: 1, max: 40 }).map(String),
      'kedastral.io/max': fc.integer({ min: 41, max: 500 }).map(String),
      'kedastral.io/lead-time': fc.constantFrom('30s', '2m', '10m', '1h'),
      'kedastral.io/horizon': fc.constantFrom('90m', '2h'),
      'kedastral.io/step': fc.constantFrom('10s', '1m', '5m'),
      'kedastral.io/up-max-factor': fc.double({ min: 1.01, max: 8, noNaN: true }).map(String),
      'kedastral.io/down-max-percent': fc.integer({ min: 0, max: 100 }).map(String),
      'kedastral.io/target-per-pod': fc.double({ min: 0.01, max: 1e6, noNaN: true }).map(String),
      'kedastral.io/grpc-listen': fc.integer({ min: 9000, max: 65_535 }).map((port) => `:${port}`),
      'kedastral.io/workload': fc.constantFrom('api', 'an.api'),
      'kedastral.io/prom-header-secret': fc.constant('a/b'),
    },
    { requiredKeys: ['kedastral.io/horizon'] },
  );
  const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?$/);
  const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
  const kind = fc.constantFrom('Deployment', 'StatefulSet', 'ReplicaSet');
  const namespace = fc.option(label);
  const flags = fc.subarray(['--push', '--safety=cpu', '--network-policy=guarded', '--min=7']);
  const WAYS = fc.constantFrom<string[]>([], ['--relay=kedastral-relay.shop.svc:50051']);

  it(
    'passes lint without a warning, and comes out the same twice',
    async () => {
      const property = fc.asyncProperty(
        fc.record({ annotations, name, kind, namespace }),
        flags,
        WAYS,
        async (parts, some, way) => {
          const text = manifest(workload(parts));
          const wire = async () => {
            const terminal = new FakeTerminal(false, { '-': text });
            expect(await wireCommand([...some, ...way], terminal), terminal.errors).toBe(0);
            return terminal.output;
          };
          const made = await wire();
          expect(await wire()).toBe(made);
          const defaults = some.filter((flag) => flag.startsWith('--min'));
          const { code, output } = await lint({ '-': text + made }, '--strict', ...defaults);
          expect(output).toBe('0 errors, 0 warnings, 1 checked\n');
          expect(code).toBe(0);
        },
      );
      await fc.assert(property, { numRuns: RUNS });
    },
    PROPERTY_MS_MAX,
  );
});
