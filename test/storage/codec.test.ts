import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSnapshot, encodeSnapshot } from '../../src/storage/codec.ts';
import { snapshotOf, snapshots } from './snapshots.ts';

describe('decodeSnapshot', () => {
  it('gives back what was encoded, field for field', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        expect(decodeSnapshot(encodeSnapshot(snapshot), snapshot.workload)).toEqual(snapshot);
      }),
    );
  });

  it('keeps the fields of a newer version', () => {
    const newer = { ...snapshotOf('my-api'), confidence: 0.7 };
    expect(decodeSnapshot(JSON.stringify(newer), 'my-api')).toEqual(newer);
  });

  const good = snapshotOf('my-api');
  it.each([
    ['text that is not JSON', '{"workload":', 'not JSON'],
    ['null', 'null', 'not an object'],
    ['an array', '[]', 'not an object'],
    ['a missing field', { ...good, quantiles: undefined }, 'quantiles'],
    ['a value that is null', { ...good, values: [null, 1] }, 'values'],
    ['replicas that are not whole', { ...good, desiredReplicas: [2.5, 3] }, 'desiredReplicas'],
    ['replicas below zero', { ...good, desiredReplicas: [-1, 3] }, 'desiredReplicas'],
    ['a time that is none', { ...good, generatedAt: 'yesterday' }, 'generatedAt'],
    ['a step of zero', { ...good, stepSeconds: 0 }, 'stepSeconds'],
    ['arrays of other lengths', { ...good, values: [1] }, 'as long as the horizon'],
    ['quantiles of other lengths', { ...good, quantiles: { '0.5': [1] } }, 'as long as'],
    ['another workload', { ...good, workload: 'other' }, 'another workload'],
  ])('refuses %s', (_what, value, why) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => decodeSnapshot(text, 'my-api')).toThrowError(
      expect.objectContaining({ code: 'store_value', message: expect.stringContaining(why) }),
    );
  });
});
