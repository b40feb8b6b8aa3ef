import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitResources, type Limit, limitsOf } from '../../src/injector/resources.ts';
import { quantityNumber } from '../../src/replay/quantity.ts';
import { podWith } from './pods.ts';

const WISH = { cpuRequest: '20m', memoryRequest: '96Mi', memoryLimit: '192Mi', cpuLimit: null };
const fitted = (limits: readonly Limit[], pod = podWith()) => fitResources(WISH, pod, limits);
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
    ['keep the ratio', { maxLimitRequestRatio: { memory: '1.5' } }, '20m', '192Mi', '192Mi'],
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

  it('are refused where the process would not live', () => {
    expect(fitted([ofContainer({ max: { memory: '64Mi' } })])).toContain('64Mi');
    expect(fitted([ofContainer({ min: { cpu: '2' }, max: { cpu: '1' } })])).toContain('cpu');
  });

  it('are refused where the pod would be too big with them', () => {
    const whole = (max: Limit['max']): Limit => ({ type: 'Pod', max: max ?? {} });
    expect(fitted([whole({ memory: '300Mi' })])).toContain('bound of 300Mi');
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
        maxLimitRequestRatio: fc.record({ memory: ratio }, { requiredKeys: [] }),
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

  it('are read from LimitRanges as the API server sends them', () => {
    const row = { type: 'Container', max: { memory: '1Gi' } };
    const range = { spec: { limits: [row, { type: 'PersistentVolumeClaim' }, null] } };
    expect(limitsOf(range)).toEqual([row]);
    for (const broken of [null, {}, { spec: null }, { spec: { limits: 'x' } }]) {
      expect(limitsOf(broken)).toEqual([]);
    }
  });

  function amount(text: string | number): number {
    return quantityNumber(String(text)) ?? Number.POSITIVE_INFINITY;
  }
});
