import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { injectCommand, uninjectCommand } from '../../src/cli/inject.ts';
import { ROOT } from '../house/sources.ts';
import { FakeTerminal } from './terminal.ts';

const DEPLOYMENT = `# the api
apiVersion: apps/v1
kind: Deployment
metadata:
  name: my-api
  namespace: shop
spec:
  # replicas belong to KEDA
  selector:
    matchLabels: {app: my-api}
  template:
    metadata:
      labels:
        app: my-api
      annotations:
        kedastral.io/prom-url: http://prometheus.monitoring:9090
        kedastral.io/prom-query: 'sum(rate(http_requests_total{app="my-api"}[2m]))'
    spec:
      containers:
        - name: app # main
          image: "app:1"
          env:
            - name: MODE
              value: 'yes' # a text
      volumes:
        - name: config
          configMap:
            name: config
            defaultMode: 0644
`;
const SERVICE = `---
# two   blanks stay
apiVersion: v1
kind: Service
metadata: {name: my-api}
`;

const RUNS = 60;
const PROPERTY_MS_MAX = 30_000;

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function run(command: typeof injectCommand, text: string, ...argv: string[]): Promise<Run> {
  const defaults = 'prom-url: http://defaults:9090\n';
  const terminal = new FakeTerminal(false, {
    '-': text,
    'a.yaml': text,
    'defaults.yaml': defaults,
  });
  const code = await command(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

const inject = (text: string, ...argv: string[]) => run(injectCommand, text, ...argv);
const uninject = (text: string, ...argv: string[]) => run(uninjectCommand, text, ...argv);
const without = (name: string) =>
  DEPLOYMENT.split('\n')
    .filter((line) => !line.includes(name))
    .join('\n');

// biome-ignore lint/suspicious/noExplicitAny: manifests of every kind
const specOf = (text: string): any => parse(text).spec.template.spec;
const names = (text: string) => specOf(text).containers.map(({ name }: { name: string }) => name);

describe('kedastral inject', () => {
  it('leaves excluded namespaces alone, and so the injector itself', async () => {
    const injector = await readFile(join(ROOT, 'manifests/injector/injector.yaml'), 'utf8');
    const { code, output, errors } = await run(injectCommand, injector, '--prom-query=up');
    expect({ code, output }).toEqual({ code: 0, output: injector });
    expect(errors).toContain('left as it is: namespace kedastral is excluded');
    const system = DEPLOYMENT.replace('namespace: shop', 'namespace: kube-system');
    expect((await run(injectCommand, system)).output).toBe(system);
    const own = await run(injectCommand, DEPLOYMENT, '--excluded-namespaces=shop,ops');
    expect(own.output).toBe(DEPLOYMENT);
    const both = await run(injectCommand, system, '--excluded-namespaces= ops, shop,');
    expect(both.output).toBe(system);
    const others = await run(injectCommand, DEPLOYMENT, '--excluded-namespaces=ops');
    expect(others.output).toContain('name: kedastral');
  });

  it('puts the sidecar into the template and keeps the rest, comments too', async () => {
    const { code, output, errors } = await inject(DEPLOYMENT);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(names(output)).toEqual(['app', 'kedastral']);
    const lines = new Set(output.split('\n'));
    expect(DEPLOYMENT.split('\n').filter((line) => !lines.has(line))).toEqual([]);
    expect(specOf(output).containers[1].args).toContain('--workload=my-api');
  });

  it('is taken back by uninject, byte for byte', async () => {
    const { output } = await inject(DEPLOYMENT);
    expect(await uninject(output)).toEqual({ code: 0, output: DEPLOYMENT, errors: '' });
  });

  const ODD = {
    'spaces, comments and quotes': DEPLOYMENT.replace('name: app #', 'name:   "app"   #'),
    'flush lists': DEPLOYMENT.replace(/^ {8}- name: app[\s\S]*?(?= {6}volumes)/m, (list) =>
      list.replace(/^ {2}/gm, ''),
    ),
    'line ends of Windows': DEPLOYMENT.replaceAll('\n', '\r\n'),
    'no end of the last line': DEPLOYMENT.trimEnd(),
    'a byte order mark': `\ufeff${DEPLOYMENT}`,
    'blank lines and a comment at the end': `${DEPLOYMENT}\n\n# the end\n`,
    directives: `%YAML 1.1\n---\n${DEPLOYMENT}...\n${DEPLOYMENT.replaceAll('my-api', 'other')}`,
    'a block text last': DEPLOYMENT.replace(
      /volumes:[\s\S]*/,
      'priorityClassName: |-\n        a\n',
    ),
    'flow style': DEPLOYMENT.replace(
      /annotations:[\s\S]*?spec:/,
      'annotations: {kedastral.io/prom-url:   "http://a", kedastral.io/prom-query: up}\n    spec:',
    ),
    'big numbers': DEPLOYMENT.replace('defaultMode: 0644', 'defaultMode: 12345678901234567890'),
    JSON: JSON.stringify(parse(DEPLOYMENT), null, '\t').replace('420', '12345678901234567890'),
    'JSON in one line': JSON.stringify(parse(DEPLOYMENT)),
  };
  it.each(Object.entries(ODD))('changes no byte of the rest: %s', async (_, text) => {
    const { code, output, errors } = await inject(text, '--prom-ca-secret=ca/ca.crt');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const read = parseAllDocuments(output, { version: '1.1' });
    expect(read.flatMap((document) => document.errors)).toEqual([]);
    expect(output).toMatch(/name"?: ?"?kedastral-secrets/);
    let at = 0;
    for (const letter of text) {
      at = output.indexOf(letter, at) + 1;
      if (at === 0) break;
    }
    expect(at).toBeGreaterThan(0);
    expect((await uninject(output)).output).toBe(text);
  });

  it('passes odd documents through, and says so', async () => {
    const ref = { kind: 'Deployment', name: 'my-api' };
    const rollout = stringify({
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'ro' } },
      spec: { workloadRef: ref },
    });
    const bare = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: bare\n';
    const { code, output, errors } = await inject(`${rollout}---\n${bare}---\n${DEPLOYMENT}`);
    expect(code).toBe(0);
    expect(output.startsWith(`${rollout}---\n${bare}---\n`)).toBe(true);
    expect(output).toContain('name: kedastral');
    expect(errors).toContain('Rollout ro: left as it is: it has no pod template');
    expect(errors).toContain('Deployment bare: left as it is: it has no pod template');
  });

  it('gives the same bytes when it is done twice', async () => {
    const { output } = await inject(DEPLOYMENT);
    expect((await inject(output)).output).toBe(output);
  });

  it('renews a manifest that was injected otherwise', async () => {
    const { output: before } = await inject(DEPLOYMENT, '--image=kedastral:0.0.1');
    const { output } = await inject(before, '--image=kedastral:0.0.2');
    expect(output).toBe((await inject(DEPLOYMENT, '--image=kedastral:0.0.2')).output);
  });

  it('passes through what is no workload, as it is', async () => {
    const text = `${SERVICE}---\n${DEPLOYMENT}---\n# only a comment\n---\n${SERVICE}`;
    const { output } = await inject(text);
    expect(output.startsWith(`${SERVICE}---\n`)).toBe(true);
    expect(output.endsWith(`---\n# only a comment\n---\n${SERVICE}`)).toBe(true);
    expect(parseAllDocuments(output).length).toBe(parseAllDocuments(text).length);
    expect((await inject(SERVICE)).output).toBe(SERVICE);
    expect((await inject('')).output).toBe('');
  });

  it('goes into Lists', async () => {
    const item = parse(DEPLOYMENT);
    const list = stringify({ apiVersion: 'v1', kind: 'List', items: [parse(SERVICE), item] });
    const items = parse((await inject(list)).output).items;
    expect(items[0]).toEqual(parse(SERVICE));
    expect(items[1].spec.template.spec.containers).toHaveLength(2);
    const { kind, apiVersion, ...bare } = item;
    const typed = { apiVersion, kind: `${kind}List`, items: [bare] };
    const [only] = parse((await inject(stringify(typed))).output).items;
    expect(only.spec.template.spec.containers).toHaveLength(2);
  });

  it('keeps JSON as JSON', async () => {
    const json = `${JSON.stringify(parse(DEPLOYMENT), null, 4)}\n`;
    const { output } = await inject(json);
    expect(JSON.parse(output).spec.template.spec.containers).toHaveLength(2);
    expect((await uninject(output)).output).toBe(json);
  });

  it.each([
    ['apps/v1', 'StatefulSet', 0],
    ['argoproj.io/v1alpha1', 'Rollout', 0],
    ['v1', 'ReplicationController', 0],
    ['example.com/v1', 'Deployment', null],
    ['apps/v1', 'DaemonSet', 'DaemonSet, which is not scaled'],
    ['batch/v1', 'Job', 'a sidecar would keep its Job from ending'],
  ])('knows %s %s', async (apiVersion, kind, said) => {
    const text = stringify({ ...parse(DEPLOYMENT), apiVersion, kind });
    const { code, output, errors } = await inject(text);
    expect(code).toBe(0);
    if (said === 0) expect(names(output)).toEqual(['app', 'kedastral']);
    else expect(output).toBe(text);
    expect(errors).toContain(said === 0 || said === null ? '' : said);
  });

  it('knows a CronJob, with a native sidecar', async () => {
    const { metadata, spec } = parse(DEPLOYMENT);
    const jobTemplate = { spec: { template: spec.template } };
    const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { jobTemplate } };
    const { output } = await inject(stringify(cron), '--native-sidecar');
    expect(parse(output).spec.jobTemplate.spec.template.spec.initContainers).toHaveLength(1);
    const old = await inject(stringify(cron), '--native-sidecar', '--kubernetes-version=1.28');
    expect(old.errors).toContain('CronJob shop/my-api: not injected: a sidecar would keep its Job');
  });

  it('takes options, files of defaults and -f', async () => {
    const bare = without('prom-url');
    const first = await inject(bare, '-f', 'a.yaml', '--defaults-file=defaults.yaml', '--min=3');
    expect(specOf(first.output).containers[1].args).toEqual(
      expect.arrayContaining(['--prom-url=http://defaults:9090', '--min=3']),
    );
  });

  it('takes no name of a workload as a default of all', async () => {
    const terminal = new FakeTerminal(false, { '-': DEPLOYMENT, 'all.yaml': 'workload: x\n' });
    expect(await injectCommand(['--defaults-file=all.yaml'], terminal)).toBe(64);
    expect(terminal.errors).toContain('workload (config file): is of one workload');
  });

  it('refuses bad annotations without printing a manifest', async () => {
    const text = DEPLOYMENT.replace('kedastral.io/prom-url', 'kedastral.io/prom-urll');
    const { code, output, errors } = await inject(text);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain('Deployment shop/my-api: not injected: kedastral.io/prom-urll');
    expect(errors).toContain('did you mean kedastral.io/prom-url');
  });

  it.each([
    [['--stpe=1m'], 'did you mean --step'],
    [['--step=500ms'], 'must be a duration'],
    [['--prom-password=hunter2'], '--prom-password'],
    [['--kubernetes-version=new'], 'a version such as'],
    [['--defaults-file=none.yaml'], 'ENOENT'],
  ])('refuses %j as a usage error', async (argv, words) => {
    const { code, output, errors } = await inject(DEPLOYMENT, ...argv);
    expect({ code, output }).toEqual({ code: 64, output: '' });
    expect(errors).toContain(words);
    expect(errors).not.toContain('hunter2');
  });

  it('says what it cannot read', async () => {
    expect(await inject(DEPLOYMENT, '-f', 'none.yaml')).toMatchObject({ code: 1, output: '' });
    const { code, errors } = await inject(`${SERVICE}---\na: b: c\n`);
    expect(code).toBe(1);
    expect(errors).toContain('line 7');
    const noPod = await inject(DEPLOYMENT.replace('name: app # main', 'name: 5'));
    expect(noPod.errors).toContain('spec.containers is not as Kubernetes has it');
    const unquoted = DEPLOYMENT.replace(
      'annotations:',
      'annotations:\n        kedastral.io/max: 200',
    );
    expect((await inject(unquoted)).errors).toContain(
      'metadata.annotations: kedastral.io/max is 200, no text: put it in quotes',
    );
  });

  it('says when annotations are in the wrong place', async () => {
    const text = DEPLOYMENT.replace(
      '  namespace: shop',
      '  namespace: shop\n  annotations: {kedastral.io/min: "3"}',
    );
    expect((await inject(text)).errors).toContain('belong into the pod template');
  });

  it('leaves a sidecar that was written by hand', async () => {
    const text = DEPLOYMENT.replace('name: app # main', 'name: kedastral');
    expect(await inject(text)).toMatchObject({ code: 0, output: text });
    const undone = await uninject(text);
    expect(undone).toMatchObject({ code: 0, output: text });
    expect(undone.errors).toContain('left as it is');
  });

  it('prints its options', async () => {
    expect((await inject('', '--help')).output).toContain('--native-sidecar');
    expect((await uninject('', '-h')).output).toContain('--file');
  });
});

describe('any manifest', () => {
  const scalars = fc.oneof(
    fc.string(),
    fc.constantFrom('yes', '0644', '12:30:45', '2001-01-01', 'null', '~', '1e3', '0x1f', '---'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const anything = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      scalars,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
    ),
  })).any;

  it(
    'means the same after inject and uninject',
    async () => {
      const check = async (status: unknown, env: string[], indentSeq: boolean, flow: boolean) => {
        const manifest = parse(DEPLOYMENT);
        manifest.status = status;
        manifest.spec.template.spec.containers[0].env = env.map((value) => ({ name: 'X', value }));
        const text = flow
          ? stringify(manifest, { version: '1.1', collectionStyle: 'flow' })
          : stringify(manifest, { version: '1.1', indentSeq });
        const first = await inject(text);
        expect(first.errors).toBe('');
        const read = (yaml: string) => parse(yaml, { version: '1.1' });
        expect(read(first.output).status).toEqual(read(text).status);
        const back = await uninject(first.output);
        expect(back.output).toBe(text);
        expect((await inject(back.output)).output).toBe(first.output);
      };
      const texts = fc.array(fc.string(), { maxLength: 2 });
      const property = fc.asyncProperty(anything, texts, fc.boolean(), fc.boolean(), check);
      await fc.assert(property, { numRuns: RUNS });
    },
    PROPERTY_MS_MAX,
  );

  const CONTAINERS = [
    '        -\n          name: app',
    '        - # main\n          # more\n\n          name: app',
    '        - name: app\n          args:\n            - |+\n              a\n\n',
    '        - name: app\n          args:\n          - >\n            a\n            b   \n\n',
  ];

  it.each(CONTAINERS)('is taken back byte for byte where containers are %j', async (containers) => {
    for (const annotations of ['annotations:', 'annotations: # none', 'annotations: {}']) {
      const head = DEPLOYMENT.slice(0, DEPLOYMENT.indexOf('      annotations:'));
      const pod = `    spec:\n      containers:\n${containers}\n# end of it\n...\n`;
      const text = `${head}      ${annotations}\n${pod}`;
      for (const manifest of [text, text.replaceAll('\n', '\r\n')]) {
        const options = ['--prom-url=http://prometheus:9090', '--prom-query=up'];
        const { output, errors } = await inject(manifest, ...options);
        expect(errors).toBe('');
        expect(specOf(output).containers[1].name).toBe('kedastral');
        expect(await uninject(output)).toEqual({ code: 0, output: manifest, errors: '' });
      }
    }
  });

  it('is written out where what is changed hangs on an anchor', async () => {
    const text = `base: &base
  - name: app
    image: app:1
apiVersion: v1
kind: Pod
metadata:
  name: my-api
  annotations: &marks
    kedastral.io/workload: my-api
    kedastral.io/adapter: synthetic
spec:
  containers: *base
other: *marks
`;
    const { code, output, errors } = await inject(text);
    const said = 'Pod my-api: written anew: it means the same in another layout';
    expect({ code, errors }).toEqual({ code: 0, errors: `kedastral inject: ${said}\n` });
    const value = parse(output);
    expect(value.spec.containers).toHaveLength(2);
    expect(value.base).toHaveLength(1);
    expect(Object.keys(value.other)).toHaveLength(2);
    expect(parse((await uninject(output)).output)).toEqual(parse(text));
  });
});
