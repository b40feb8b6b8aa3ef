import { describe, expect, it } from 'vitest';
import { podsCommand } from '../../src/cli/pods.ts';
import { readWishes } from '../../src/injector/annotations.ts';
import { inject } from '../../src/injector/inject.ts';
import { MARKER } from '../../src/injector/names.ts';
import type { Pod } from '../../src/injector/pod.ts';
import { VERSION } from '../../src/version.ts';
import { around, podWith } from '../injector/pods.ts';
import { FakeTerminal } from './terminal.ts';

// biome-ignore lint/suspicious/noExplicitAny: pods are bent
type Any = any;

/** A running pod of Deployment shop/my-api, as the webhook and the API server made it. */
async function running(name: string, pod: Pod = podWith(), more = {}): Promise<Any> {
  const injection = await inject(pod, around(more));
  if (injection.outcome !== 'injected') throw new Error(injection.warnings.join());
  const made: Any = structuredClone(injection.pod);
  made.metadata = { ...made.metadata, name, namespace: 'shop' };
  delete made.metadata.generateName;
  // What the API server fills in after the webhook.
  made.spec.terminationGracePeriodSeconds = 30;
  made.spec.serviceAccountName = 'default';
  made.status = { phase: 'Running' };
  return made;
}

function older(pod: Any, version = '0.0.9'): Any {
  const marker = JSON.parse(pod.metadata.annotations[MARKER]);
  pod.metadata.annotations[MARKER] = JSON.stringify({ ...marker, version });
  return pod;
}

function owned(pod: Any, kind: string, name: string, labels = {}): Any {
  pod.metadata.ownerReferences = [{ kind, name, controller: true }];
  delete pod.metadata.labels['pod-template-hash'];
  Object.assign(pod.metadata.labels, labels);
  return pod;
}

/** As it is among the objects of a cluster. */
const INJECTOR = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'defaults.yaml': '# none\n' } },
  metadata: { name: 'kedastral-injector', namespace: 'kedastral' },
};

async function pods(items: Any[], ...argv: string[]) {
  return among([...items, INJECTOR], ...argv);
}

async function among(items: Any[], ...argv: string[]) {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const terminal = new FakeTerminal(false, { '-': text, 'defaults.yaml': 'min: 3\n' });
  const code = await podsCommand(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

function injectorOf(image: string, args: string[] = []): Any {
  const labels = { 'app.kubernetes.io/name': INJECTOR.metadata.name };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...INJECTOR.metadata, labels } },
    spec: { template: { spec: { containers: [{ name: 'injector', image, args }] } } },
  };
}

async function states(items: Any[], ...argv: string[]): Promise<Any[]> {
  const { output } = await pods(items, '--json', ...argv);
  return JSON.parse(output).pods.map(({ name, state }: Any) => `${name} ${state}`);
}

describe('kedastral pods', () => {
  it('lists what is not as it would be injected now, and how to roll it', async () => {
    const items = [older(await running('b')), await running('a'), older(await running('c'))];
    const { code, output, errors } = await pods(items);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toBe(
      `shop/b  0.0.9  another version than ${VERSION}\n` +
        `shop/c  0.0.9  another version than ${VERSION}\n` +
        '\n3 pods with a sidecar or a wish for one, 2 to look at\n' +
        '\nkubectl rollout restart deployment/my-api -n shop\n',
    );
    expect((await pods([await running('a')])).output).toMatch(/, 0 to look at\n$/);
  });

  it('goes by the defaults that the injector has now', async () => {
    const items = [await running('a')];
    expect(await states(items)).toEqual(['a current']);
    expect(await states(items, '--defaults-file=defaults.yaml')).toEqual(['a options']);
    expect(await states(items, '--image=kedastral:2')).toEqual(['a options']);
  });

  it('goes by ConfigMap and image of the injector', async () => {
    const defaults = readWishes([['image', 'r/kedastral:2']], (name) => name).wishes;
    const pod = await running('a', podWith(), { defaults });
    expect(await states([pod])).toEqual(['a options']);
    expect(await states([pod, injectorOf('r/kedastral:1')])).toEqual(['a options']);
    expect(await states([pod, injectorOf('r/kedastral:2')])).toEqual(['a current']);
    const flags = ['--image=r/kedastral:2', '--webhook-name=0-kedastral-injector'];
    const told = injectorOf('mirror/kedastral:2', flags);
    expect(await states([pod, told])).toEqual(['a current']);
    const elsewhere = structuredClone(told);
    elsewhere.metadata.namespace = 'other';
    expect(await states([pod, elsewhere])).toEqual(['a options']);
    expect((await among([pod])).errors).toContain('options of all sidecars are not known');
    expect((await pods([pod])).errors).toBe('');
  });

  it('rolls no pod that would get no sidecar, and says why', async () => {
    const wrong = { 'kedastral.io/min': 'x' };
    const bare = podWith(wrong) as Any;
    bare.metadata = { ...bare.metadata, name: 'bare', namespace: 'shop' };
    const kept = older(await running('kept'));
    Object.assign(kept.metadata.annotations, wrong);
    const system = structuredClone(podWith()) as Any;
    system.metadata = { ...system.metadata, name: 'system', namespace: 'kube-system' };
    const { output } = await pods([bare, kept, system]);
    const why = 'not injected: kedastral.io/min "x": must be a whole number';
    expect(output).toMatch(new RegExp(`shop/bare .* - {2}asks for a sidecar and has none: ${why}`));
    expect(output).toMatch(new RegExp(`shop/kept .*would not get one now: ${why}`));
    expect(output).toMatch(/kube-system\/system .*has none: its namespace is excluded/);
    expect(output).not.toContain('kubectl');
    expect(output).toContain(
      '# shop/my-api: mend that first: a pod that is made anew now has none',
    );
  });

  it('goes by the annotations that the pod has', async () => {
    const pod = await running('a', podWith({ 'kedastral.io/min': '4' }));
    expect(await states([pod])).toEqual(['a current']);
    pod.metadata.annotations['kedastral.io/min'] = '5';
    expect(await states([pod])).toEqual(['a options']);
    pod.metadata.annotations['kedastral.io/min'] = 'five';
    expect(await states([pod])).toEqual(['a refused']);
  });

  it('goes by LimitRanges and namespaces, when they are given', async () => {
    const limits = [{ type: 'Container', max: { memory: '128Mi' } }];
    const marks = { labels: { 'istio-injection': 'enabled' }, annotations: {} };
    const pod = await running('a', podWith(), { limits, marks });
    expect(await states([pod])).toEqual(['a options']);
    const metadata = { name: 'shop', ...marks };
    const range = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'r', namespace: 'shop' },
    };
    const around = [
      { apiVersion: 'v1', kind: 'Namespace', metadata },
      { ...range, spec: { limits } },
    ];
    expect(await states([pod, ...around])).toEqual(['a current']);
  });

  it('tells sidecars put in by hand, those that are missing, and no others', async () => {
    const byHand = await running('by-hand');
    delete byHand.metadata.annotations[MARKER];
    const missing = { ...(await running('missing')), spec: podWith().spec };
    const plain = structuredClone(missing);
    plain.metadata = { name: 'plain', namespace: 'shop' };
    const over = older(await running('over'));
    over.status.phase = 'Succeeded';
    const ending = older(await running('ending'));
    ending.metadata.deletionTimestamp = '2026-11-21T12:00:00Z';
    expect(await states([byHand, missing, plain, over, ending])).toEqual([
      'by-hand by_hand',
      'missing missing',
    ]);
  });

  it.each([
    [
      'ReplicaSet',
      'my-api-5c6',
      { 'pod-template-hash': '5c6' },
      'rollout restart deployment/my-api -n shop',
    ],
    [
      'ReplicaSet',
      'roll-77f',
      { 'rollouts-pod-template-hash': '77f' },
      'argo rollouts restart roll -n shop',
    ],
    ['ReplicaSet', 'bare', {}, 'delete pod a -n shop'],
    ['StatefulSet', 'cart', {}, 'rollout restart statefulset/cart -n shop'],
  ])('rolls a pod of %s %s', async (kind, name, labels, command) => {
    const { output } = await pods([older(owned(await running('a'), kind, name, labels))]);
    expect(output).toMatch(new RegExp(`\\nkubectl ${command}\\n$`));
  });

  it('says what no command rolls', async () => {
    const native = podWith({ 'kedastral.io/native-sidecar': 'true' });
    const job = older(owned(await running('a', native, { ownerKind: 'Job' }), 'Job', 'night'));
    expect((await pods([job])).output).toContain('# the next run of its Job gets the new one');
    const alone = older(await running('b', podWith({ 'kedastral.io/workload': 'b' })));
    delete alone.metadata.ownerReferences;
    expect((await pods([alone])).output).toContain('# nothing owns it');
    const byManifest = older(await running('c'));
    delete byManifest.metadata.labels['kedastral.io/inject'];
    expect((await pods([byManifest])).output).toContain(
      '# inject the manifest of shop/my-api anew, and apply it',
    );
  });

  it('prints no command with a name that a shell would read otherwise', async () => {
    for (const name of ['x; reboot', '$(reboot)', '--all', 'x\nreboot', '']) {
      const named = await running('a', podWith({ 'kedastral.io/workload': 'a' }));
      const { output } = await pods([older(owned(named, 'StatefulSet', name))]);
      expect(output, name).toContain('# its names, or that of its owner');
      expect(output, name).not.toMatch(/^(?:kubectl|reboot)/m);
    }
    const { output } = await pods([older(await running('a'), '1\nkubectl x\x1b[31m')]);
    expect(output).toContain('shop/a  1\\nkubectl x\\u001b[31m  another version');
  });

  it('says what it cannot read', async () => {
    const { output, errors } = await pods([{ ...(await running('a')), spec: {} }]);
    expect(errors).toContain('Pod shop/a: left out: spec.containers');
    expect(output).toContain('0 pods');
    expect(await pods([], '-f', 'none.json')).toMatchObject({ code: 1, output: '' });
    expect(await pods([], '--jsno')).toMatchObject({ code: 64, output: '' });
    expect((await pods([], '--help')).output).toContain('kubectl get pods,limitranges');
  });
});
