import { describe, expect, it } from 'vitest';
import { formatFaults } from '../../src/config/faults.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { printConfig } from '../../src/config/render.ts';
import { page } from '../house/pages.ts';

function parse(file: string, argv: readonly string[] = [], env = {}) {
  const open = async (path: string) => {
    if (path.startsWith('/missing')) throw Object.assign(new Error('no'), { code: 'ENOENT' });
  };
  return parseOptions(['--config', 'file.yaml', ...argv], env, async () => file, open);
}

const SYNTHETIC = { ADAPTER: 'synthetic' };
const faultsOf = async (file: string, argv: readonly string[] = []) =>
  (await parse(file, argv, file.includes('prom-query') ? {} : SYNTHETIC)).faults.map(
    ({ option, rule }) => `${option}: ${rule}`,
  );

const IDENTITY_RULE = '[namespace/]name, each part DNS-1123 (lower-case letters, digits and -)';
const HORIZON_RULE = 'must be at least lead-time + stale-after + step = 5m + 2m + 1m = 8m';

const SHOP = `
prom-url: http://prometheus:9090
prom-query: sum(rate(requests{app="{{workload}}"}[2m]))
lead-time: 3m
workloads:
  - workload: shop/cart
    min: 0
  - workload: shop/checkout
    target-per-pod: 50
    lead-time: 4m
`;

describe('workloads in the config file', () => {
  it('are in OPERATING.md as they work', async () => {
    const text = page('manifests/OPERATING.md');
    const [, example = ''] = /^```yaml\n(# kedastral\.yaml\n[\s\S]*?)^```/m.exec(text) ?? [];
    const { workloads, faults } = await parse(example);
    expect(faults).toEqual([]);
    expect(workloads?.map(({ options }) => options)).toMatchObject([
      { identity: 'shop/cart', minReplicas: 0, activationDemand: 2, adapter: 'prometheus' },
      { identity: 'shop/checkout', minReplicas: 0, targetPerPod: 50 },
    ]);
  });

  it('have options of their own over shared ones, over flags, too', async () => {
    const { workloads, faults } = await parse(SHOP, ['--lead-time=2m', '--max=9']);
    expect(faults).toEqual([]);
    expect(workloads?.map(({ options }) => options)).toMatchObject([
      { identity: 'shop/cart', minReplicas: 0, leadTimeSeconds: 120, maxReplicas: 9 },
      { identity: 'shop/checkout', targetPerPod: 50, leadTimeSeconds: 240, maxReplicas: 9 },
    ]);
    const [cart] = workloads ?? [];
    expect(cart?.options.adapter).toBe('prometheus');
  });

  it('are refused without a source of data, as are roles and what is injected', async () => {
    const rule = 'is needed where there is no prom-url: say where samples come from';
    const found = async (file: string) =>
      (await parse(file)).faults.map(({ option, rule: words }) => `${option}: ${words}`);
    expect(await found('role: scaler\nworkloads:\n  - workload: a\n    min: 0')).toEqual([
      `workloads[0] a: --adapter: ${rule}`,
    ]);
    expect(await found('role: forecaster')).toEqual([`--adapter: ${rule}`]);
    expect(await found('injected: true')).toEqual([`--adapter: ${rule}`]);
    expect(await found('min: 1')).toEqual([]);
    const source = 'prom-url: http://a\nprom-query: up\n';
    const forecaster = 'role: scaler\nforecaster-url: http://b\n';
    for (const head of [source, forecaster, 'adapter: synthetic\n']) {
      expect(await found(`${head}workloads:\n  - workload: a`), head).toEqual([]);
    }
  });

  it('are null without a list, and none in an empty one', async () => {
    expect((await parse('min: 1')).workloads).toBeNull();
    const { workloads, faults } = await parse('workloads: []');
    expect([workloads, faults]).toEqual([[], []]);
  });

  it.each([
    ['workloads: 5', [], ['file.yaml:1: workloads: must be a list of maps of name: value']],
    [
      'workloads:\n  - cart',
      [],
      [
        'workloads[0]: workload: is needed: each entry names its own',
        'workloads[0]: file.yaml:2: must be a map of name: value',
      ],
    ],
    ['workloads:\n  - min: 3', [], ['workloads[0]: workload: is needed: each entry names its own']],
    [
      'workloads:\n  - workload: a\n  - workload: a',
      [],
      ['workloads[1] a: workload: is that of workloads[0], too'],
    ],
    [
      'workloads:\n  - workload: A!',
      [],
      [`workloads[0] my-api: workload: must be ${IDENTITY_RULE}`],
    ],
    [
      'workloads:\n  - workload: a\n    mni: 3',
      [],
      ['workloads[0] a: file.yaml:3: mni: unknown; did you mean min?'],
    ],
    [
      'workloads:\n  - workload: a\n    min: x',
      [],
      ['workloads[0] a: min: must be a whole number from 0 to 1000000'],
    ],
    [
      'workloads:\n  - workload: a\n    listen: :1',
      [],
      ['workloads[0] a: file.yaml:3: listen: is of the whole process: set it above workloads'],
    ],
    [
      'workloads:\n  - workload: a\n    prom-query: up',
      [],
      ['workloads[0] a: --prom-url: is needed to ask prom-query'],
    ],
    [
      'workloads:\n  - workload: a\n    min: 9\n    max: 3',
      [],
      ['workloads[0] a: min: must be at most max, 3'],
    ],
    [
      'workloads:\n  - workload: a\n    prom-ca-file: /missing/ca',
      [],
      ['workloads[0] a: prom-ca-file: cannot be read (ENOENT)'],
    ],
    [
      'min: x\nworkloads:\n  - workload: a\n  - workload: b',
      [],
      ['min: must be a whole number from 0 to 1000000'],
    ],
    [
      'prom-ca-file: /missing/ca\nworkloads:\n  - workload: a',
      [],
      ['prom-ca-file: cannot be read (ENOENT)'],
    ],
    [
      'workloads:\n  - workload: a',
      ['--tls-cert-file=/x'],
      ['--tls-key-file: is needed by tls-cert-file'],
    ],
    [
      'workloads:\n  - workload: a',
      ['--horizon=1m'],
      [`workloads[0] a: --horizon: ${HORIZON_RULE}`],
    ],
  ])('name the workload and the field of a fault: %j', async (file, argv, faults) => {
    expect(await faultsOf(file, argv)).toEqual(faults);
  });

  it('tell a slip that a thousand share in some lines', async () => {
    const entries = Array.from({ length: 1_000 }, (_, i) => `  - workload: w${i}\n`);
    const { faults } = await parse(
      `adapter: synthetic\nhorizon: 1m\nworkloads:\n${entries.join('')}`,
    );
    const text = formatFaults(faults);
    expect(text).toContain('1000 options are wrong');
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toContain('… and 950 more');
  });

  it('are at most so many', async () => {
    const entries = Array.from({ length: 2_001 }, (_, i) => `  - workload: w${i}\n`);
    expect(await faultsOf(`workloads:\n${entries.join('')}`)).toEqual([
      'workloads: has 2001 entries; must be at most 2000',
    ]);
  });

  it('are printed as they were given, and read back the same', async () => {
    const parsed = await parse(`${SHOP}    prom-header: ["A: secret"]\n`);
    const printed = printConfig(parsed);
    expect(printed).not.toContain('secret');
    const again = await parse(printed);
    expect(again.faults).toEqual([]);
    const plain = ({ workloads }: typeof parsed) =>
      workloads?.map(({ options: { promHeaders: _, ...rest } }) => rest);
    expect(plain(again)).toEqual(plain(parsed));
  });

  it('let a scaler do without a forecaster', async () => {
    expect(await faultsOf('role: scaler\nworkloads:\n  - workload: a')).toEqual([]);
    const { options } = await parse('role: scaler\nworkloads:\n  - workload: a');
    expect(options.listen.port).toBe(8082);
  });
});
