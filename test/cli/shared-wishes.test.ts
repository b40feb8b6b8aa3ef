import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintCommand } from '../../src/cli/lint.ts';
import { podsCommand } from '../../src/cli/pods.ts';
import { wireCommand } from '../../src/cli/wire.ts';
import { ROOT } from '../house/sources.ts';
import { manifest, workload } from '../wiring/workloads.ts';
import { FakeTerminal } from './terminal.ts';

/** Asks a query, and leaves it to the injector to say whom. */
const ASKING = workload({ annotations: { 'kedastral.io/prom-url': '' } });
delete (ASKING.spec.template.metadata.annotations as Record<string, string>)[
  'kedastral.io/prom-url'
];
const HINT = 'where the injector has it for all sidecars: give its ConfigMap, or --defaults-file';

function configMap(text: string, name = 'kedastral-injector', labels = {}): object {
  const metadata = { name, namespace: 'kedastral', labels };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'defaults.yaml': text } };
}

async function run(command: typeof wireCommand, objects: readonly object[], ...argv: string[]) {
  const files = { '-': manifest(...objects), 'defaults.yaml': 'prom-url: http://file:9090\n' };
  const terminal = new FakeTerminal(false, files);
  const code = await command(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

describe('options of all sidecars, which an injector has', () => {
  it('are asked for where a workload is refused without them', async () => {
    const { code, errors } = await run(wireCommand, [ASKING]);
    expect(code).toBe(1);
    expect(errors).toContain(`prom-url: is needed to ask prom-query (${HINT})`);
    const given = await run(wireCommand, [ASKING], '--defaults-file=defaults.yaml', '--min=none');
    expect(given.errors).not.toContain(HINT);
  });

  it.each([
    ['kedastral-injector', {}],
    ['prod-injector', { 'app.kubernetes.io/name': 'kedastral-injector' }],
  ])('are those of a ConfigMap %s among the manifests', async (name, labels) => {
    const map = configMap('prom-url: http://map:9090\nmin: 7\n', name, labels);
    const { output } = await run(wireCommand, [map, ASKING]);
    expect(output).toContain('serverAddress: http://map:9090');
    expect(output).toContain('minReplicaCount: 7');
    const flag = await run(wireCommand, [map, ASKING], '--min=4');
    expect(flag.output).toContain('minReplicaCount: 4');
    const file = await run(wireCommand, [map, ASKING], '--defaults-file=defaults.yaml');
    expect(file.output).toContain('serverAddress: http://file:9090');
    expect(file.output).toContain('minReplicaCount: 2');
  });

  it('are read as manifests/injector has them', async () => {
    const text = await readFile(join(ROOT, 'manifests/injector/injector.yaml'), 'utf8');
    const terminal = new FakeTerminal(false, { '-': `${text}\n${manifest(ASKING)}` });
    expect(await wireCommand([], terminal)).toBe(1);
    // Its own Deployment is refused, as it names no query; the other one is not.
    expect(terminal.errors).toContain('kedastral/kedastral-injector: not injected');
    expect(terminal.errors).not.toContain('shop/my-api');
  });

  it('are none of another ConfigMap, of two injectors, or of one with a fault', async () => {
    const one = configMap('prom-url: http://map:9090\n');
    const other = configMap('prom-url: http://map:9090\n', 'settings');
    for (const maps of [[other], [one, one]]) {
      expect((await run(wireCommand, [...maps, ASKING])).errors).toContain(HINT);
    }
    const wrong = configMap('prom-url: nonsense\n');
    const { code, errors } = await run(wireCommand, [wrong, ASKING]);
    expect(code).toBe(1);
    expect(errors).toContain('-: ConfigMap kedastral-injector: left out: prom-url: must be');
  });

  it('are what lint and pods go by', async () => {
    const map = configMap('prom-url: http://map:9090\n');
    const wired = await run(wireCommand, [map, ASKING]);
    const lint = async (text: string) => {
      const terminal = new FakeTerminal(false, { '-': text });
      await lintCommand([], terminal);
      return terminal.output;
    };
    const text = `${manifest(ASKING)}---\n${wired.output}`;
    expect(await lint(text)).toContain('error sidecar_refused');
    expect(await lint(text)).toContain(HINT);
    expect(await lint(`${manifest(map)}${text}`)).toContain('0 errors');
    const { template } = ASKING.spec;
    const pod = {
      ...{ apiVersion: 'v1', kind: 'Pod', spec: template.spec },
      metadata: { ...template.metadata, name: 'a', namespace: 'shop' },
    };
    const faulty = await run(podsCommand, [configMap('min: none\n'), pod]);
    expect(faulty.errors).toContain(
      'kedastral pods: -: ConfigMap kedastral-injector: left out: min: must',
    );
    expect((await run(podsCommand, [map, pod])).output).toContain('shop/a');
  });
});
