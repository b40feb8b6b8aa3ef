import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bound, boundsOf, fitResources, type Limit } from '../../src/injector/resources.ts';
import { quantityNumber } from '../../src/replay/quantity.ts';
import { podWith } from './pods.ts';

const WISH = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '192Mi', cpuLimit: null };
const fitted = (bounds: readonly Bound[], pod = podWith(), wish: object = {}) =>
  fitResources({ ...WISH, ...wish }, pod, bounds);
const ofContainer = (more: Omit<Limit, 'type'>): Limit => ({ type: 'Container', ...more });

describe('the resources of a sidecar', () => {
  it('are what was wished for where nothing bounds them', () => {
    expect(fitted([])).toEqual({
      requests: { cpu: '20m', memory: '96Mi' },
      limits: { memory: '192Mi' },
    });
  });

  it.each([
    ['are raised to the least', { min: { cpu: '50m', memory: '128Mi' } }, '50m', '128Mi', '192Mi'],
    ['are lowered to the most', { max: { memory: '90Mi' } }, '20m', '90Mi', '90Mi'],
    ['keep the ratio', { maxLimitRequestRatio: { memory: '1.5' } }, '20m', '128Mi', '192Mi'],
    ['leave a ratio that is kept', { maxLimitRequestRatio: { memory: 2 } }, '20m', '96Mi', '192Mi'],
  ])('%s', (_, limit, cpu, request, most) => {
    expect(fitted([ofContainer(limit)])).toEqual({
      requests: { cpu, memory: request },
      limits: { memory: most },
    });
  });

  it.each([
    ['a most is set', { max: { cpu: '2' } }, '2'],
    ['there is a default that would be too small', { default: { cpu: '10m' } }, '20m'],
    ['there is a default', { default: { cpu: '500m' } }, '500m'],
  ])('limit CPU where %s', (_, limit, cpu) => {
    expect(fitted([ofContainer(limit)])).toMatchObject({ limits: { cpu } });
  });

  it.each([
    ['a ratio alone', { maxLimitRequestRatio: { cpu: '2' } }, {}, '50m', '100m'],
    [
      'a default, and a ratio',
      { default: { cpu: '1' }, defaultRequest: { cpu: '500m' }, maxLimitRequestRatio: { cpu: 4 } },
      ...[{}, '25m', '100m'],
    ],
    [
      'a limit of their own, and a ratio',
      { maxLimitRequestRatio: { cpu: '2' } },
      ...[{ cpuLimit: '400m' }, '200m', '400m'],
    ],
    ['a ratio of one', { maxLimitRequestRatio: { cpu: '1' } }, {}, '100m', '100m'],
  ] as const)('ask for as little CPU as may be by %s', (_, limit, wish, request, most) => {
    expect(fitted([ofContainer(limit)], podWith(), wish)).toMatchObject({
      requests: { cpu: request },
      limits: { cpu: most },
    });
  });

  it('keep the ratio of the whole pod', () => {
    const ratio: Limit = { type: 'Pod', maxLimitRequestRatio: { memory: '1' } };
    const memory = '256Mi';
    const pod = podWith({}, containersWith({ requests: { memory }, limits: { memory } }));
    expect(fitted([ratio], pod)).toMatchObject({
      requests: { memory: '192Mi' },
      limits: { memory: '192Mi' },
    });
    const loose = { ...ratio, maxLimitRequestRatio: { memory: '1.2' } };
    expect(fitted([loose], pod)).toMatchObject({ requests: { memory: '118Mi' } });
  });

  it('leave a pod whose containers get what they ask for one of the class Guaranteed', () => {
    const same = { cpu: '1', memory: '256Mi' };
    const own = fitted([], podWith({}, containersWith({ requests: same, limits: same })));
    expect(own).toEqual({
      requests: { cpu: '100m', memory: '192Mi' },
      limits: { cpu: '100m', memory: '192Mi' },
    });
    expect(fitted([], podWith({}, containersWith({ limits: same })))).toEqual(own);
    const more = { ...same, cpu: '2' };
    const burstable = podWith({}, containersWith({ requests: same, limits: more }));
    expect(fitted([], burstable)).toMatchObject({ requests: { memory: '96Mi' } });
  });

  it.each([
    ['demands a limit', { 'limits.cpu': '4' }, { 'limits.cpu': '1' }, '100m'],
    ['demands none', { 'requests.cpu': '4' }, { 'requests.cpu': '1' }, undefined],
  ])('have a CPU limit where a ResourceQuota %s', (_, hard, used, cpu) => {
    const found = fitted(boundsOf(quota(hard, used)));
    expect(found).toMatchObject({ requests: { cpu: '20m' } });
    expect(typeof found === 'string' || found.limits.cpu).toBe(cpu);
  });

  it.each([
    ['requests.cpu', '1', '740m', 'its requests.cpu of 20m'],
    ['cpu', '1', '740m', 'its cpu of 20m'],
    ['limits.memory', '1Gi', '700Mi', 'its limits.memory of 192Mi'],
    ['requests.cpu', '1', '730m', null],
    ['limits.memory', '1Gi', '576Mi', null],
    // Without the sidecar it is refused, too.
    ['requests.cpu', '1', '760m', null],
  ])('are refused where a quota has room for the pod alone: %s %s, %s used', (key, ...row) => {
    const [most, taken, words] = row;
    const found = fitted(boundsOf(quota({ [key]: most }, { [key]: taken })));
    if (words === null) expect(typeof found).toBe('object');
    else expect(found).toBe(`ResourceQuota q has no room for ${words}`);
  });

  it('go by what is used of quotas for all pods of workloads alone', () => {
    const full = { cpu: '1' };
    const used = { cpu: '740m' };
    for (const scopes of [['NotBestEffort'], ['NotTerminating', 'NotBestEffort']]) {
      expect(fitted(boundsOf(quota(full, used, { scopes })))).toContain('no room');
    }
    for (const scope of [{ scopes: ['Terminating'] }, { scopeSelector: {} }]) {
      expect(typeof fitted(boundsOf(quota(full, used, scope)))).toBe('object');
    }
  });

  it('are refused where the process would not live', () => {
    expect(fitted([ofContainer({ max: { memory: '64Mi' } })])).toContain('64Mi');
    expect(fitted([ofContainer({ min: { cpu: '2' }, max: { cpu: '1' } })])).toContain('cpu');
  });

  it('are refused where the pod would be too big with them', () => {
    const whole = (max: Limit['max']): Limit => ({ type: 'Pod', max: max ?? {} });
    expect(fitted([whole({ memory: '300Mi' })])).toBe(
      "with 96Mi for the sidecar the pod's memory requests are over 300Mi",
    );
    expect(fitted([whole({ memory: '1Gi', cpu: '1' })])).toMatchObject({
      requests: { cpu: '20m' },
    });
    const pod = podWith({}, { resources: { requests: { cpu: '260m' } } });
    expect(fitted([], pod)).toContain('260m');
  });

  it('lie within all that bounds containers, or are refused', () => {
    const cpu = fc.integer({ min: 1, max: 4_000 }).map((value) => `${value}m`);
    const memory = fc.integer({ min: 16, max: 1_024 }).map((value) => `${value}Mi`);
    const amounts = fc.record({ cpu, memory }, { requiredKeys: [] });
    const ratio = fc.integer({ min: 1, max: 4 }).map(String);
    const limit = fc.record(
      {
        type: fc.constant('Container'),
        min: amounts,
        max: amounts,
        default: amounts,
        maxLimitRequestRatio: fc.record({ cpu: ratio, memory: ratio }, { requiredKeys: [] }),
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(fc.array(limit, { maxLength: 3 }), (limits: Limit[]) => {
        const found = fitted(limits);
        if (typeof found === 'string') return;
        for (const resource of ['cpu', 'memory'] as const) {
          const request = amount(found.requests[resource]);
          const most = amount(found.limits[resource] ?? 'none');
          expect(request).toBeLessThanOrEqual(most);
          for (const { min, max, maxLimitRequestRatio } of limits) {
            expect(request).toBeGreaterThanOrEqual(amount(min?.[resource] ?? '0'));
            expect(most).toBeLessThanOrEqual(amount(max?.[resource] ?? 'none'));
            const ratioMost = amount(maxLimitRequestRatio?.[resource] ?? 'none');
            expect(most / request).toBeLessThanOrEqual(ratioMost);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are read from LimitRanges and quotas as the API server sends them', () => {
    const row = { type: 'Container', max: { memory: '1Gi' } };
    const range = { spec: { limits: [row, { type: 'PersistentVolumeClaim' }, null] } };
    expect(boundsOf(range)).toEqual([row]);
    for (const broken of [null, {}, { spec: null }, { spec: { limits: 'x' } }]) {
      expect(boundsOf(broken)).toEqual([]);
    }
  });

  it('keep the ratios of pods, whatever these ask for', () => {
    const memory = fc.integer({ min: 1, max: 4_000 });
    fc.assert(
      fc.property(memory, memory, fc.integer({ min: 1, max: 9 }), (request, more, ratio) => {
        const [least, most] = [`${request}Mi`, `${Math.min(request + more, request * ratio)}Mi`];
        const of = { requests: { memory: least }, limits: { memory: most } };
        const row: Limit = { type: 'Pod', maxLimitRequestRatio: { memory: String(ratio) } };
        const found = fitted([row], podWith({}, containersWith(of)));
        if (typeof found === 'string') throw new Error(found);
        const asked = amount(least) + amount(found.requests.memory);
        expect(amount(most) + amount(found.limits.memory)).toBeLessThanOrEqual(asked * ratio);
      }),
    );
  });

  function containersWith(resources: object): object {
    return { containers: [{ name: 'my-api', resources }] };
  }

  function quota(hard: object, used: object, more: object = {}): object {
    return { metadata: { name: 'q' }, spec: { hard, ...more }, status: { hard, used } };
  }

  function amount(text: string | number): number {
    return quantityNumber(String(text)) ?? Number.POSITIVE_INFINITY;
  }
});
