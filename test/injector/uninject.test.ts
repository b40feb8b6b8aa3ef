import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_WISHES } from '../../src/injector/annotations.ts';
import { inject } from '../../src/injector/inject.ts';
import { MARKER } from '../../src/injector/names.ts';
import type { Pod } from '../../src/injector/pod.ts';
import { uninject } from '../../src/injector/uninject.ts';
import { around, OPTIONS, podWith } from './pods.ts';

const NAMES = ['app', 'istio-proxy', 'log', 'kedastral-ui'];
const container = fc.record(
  {
    name: fc.constantFrom(...NAMES),
    image: fc.string(),
    restartPolicy: fc.constantFrom(null, 'Always'),
    ports: fc.array(fc.record({ containerPort: fc.integer({ min: 1, max: 8_000 }) })),
    env: fc.array(fc.record({ name: fc.string(), value: fc.string() }), { maxLength: 3 }),
  },
  { requiredKeys: ['name'] },
);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 });
const spec = fc.record(
  {
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: orNull(fc.array(container, { maxLength: 2 })),
    volumes: orNull(
      fc.array(fc.record({ name: fc.constantFrom('data', 'kedastral-secrets') }), { maxLength: 2 }),
    ),
    imagePullSecrets: orNull(fc.array(fc.record({ name: fc.constantFrom('regcred', 'b') }))),
    restartPolicy: fc.constant('Always'),
  },
  { requiredKeys: ['containers'] },
);
const annotations = orNull(
  fc.record(
    {
      a: fc.string(),
      'kubectl.kubernetes.io/default-container': fc.constantFrom(...NAMES),
      'traffic.sidecar.istio.io/excludeInboundPorts': fc.constantFrom('', '9000, 1', '8081', '*'),
      'config.linkerd.io/skip-inbound-ports': fc.constantFrom('', '50051,8081'),
      'linkerd.io/inject': fc.constantFrom('enabled', 'disabled'),
      'kedastral.io/native-sidecar': fc.constantFrom('true', 'false'),
      'kedastral.io/pull-secret': fc.constant('regcred'),
      'kedastral.io/prom-ca-secret': fc.constant('ca/ca.crt'),
      'kedastral.io/mesh': fc.constantFrom('auto', 'istio'),
    },
    { requiredKeys: [] },
  ),
);
const metadata = fc.option(
  orNull(fc.record({ labels: fc.constant({ a: 'b' }), annotations }, { requiredKeys: [] })),
  { nil: undefined, freq: 8 },
);
/** Options that need no annotation. */
const defaults = {
  ...NO_WISHES,
  sidecar: new Map(
    Object.entries(OPTIONS).map(([name, text]) => [
      name === 'kedastral.io/prom-url' ? ('promUrl' as const) : ('promQuery' as const),
      text,
    ]),
  ),
};

describe('uninject', () => {
  it('gives back the bytes of the pod that was injected', async () => {
    let count = 0;
    const check = async (meta: unknown, podSpec: object) => {
      const pod = (
        meta === undefined ? { spec: podSpec } : { metadata: meta, spec: podSpec }
      ) as Pod;
      const injection = await inject(pod, around({ defaults }));
      if (injection.outcome !== 'injected') return;
      count++;
      const back = uninject(injection.pod);
      expect(JSON.stringify(back)).toBe(JSON.stringify(pod));
    };
    await fc.assert(fc.asyncProperty(metadata, spec, check), { numRuns: 300 });
    expect(count).toBeGreaterThan(150);
  });

  it('leaves a pod without marker, or with one that is not its own', () => {
    expect(uninject(podWith())).toBeUndefined();
    const forged = ['', 'yes', '{}', '{"version":"1","hash":"a","undo":{"annotations":[]}}'];
    for (const text of forged) expect(uninject(podWith({ [MARKER]: text }))).toBeUndefined();
  });

  it('keeps what was changed after the injection', async () => {
    const injection = await inject(podWith(), around());
    const pod = (injection.outcome === 'injected' ? injection.pod : podWith()) as Pod;
    const volumes = [{ name: 'new' }];
    const back = uninject({ ...pod, spec: { ...pod.spec, volumes } });
    expect(back?.spec).toEqual({ ...podWith().spec, volumes });
  });
});
