import { describe, expect, it } from 'vitest';
import { lostFields } from './lost-fields.ts';

describe('what was lost on the way to the API server', () => {
  it('is nothing where fields were only added', () => {
    const meant = { spec: { ports: [{ port: 1 }], empty: {}, none: null, list: [], text: '' } };
    const found = { spec: { ports: [{ port: 1, protocol: 'TCP' }], clusterIP: '10.0.0.1' } };
    expect(lostFields(meant, found)).toEqual([]);
  });

  it('is a field that is gone, one that is otherwise and a list that is longer', () => {
    expect(lostFields({ a: { b: 1 } }, { a: {} })).toEqual(['/a/b: 1 became nothing']);
    expect(lostFields({ a: { b: 1 } }, {})).toEqual(['/a: {"b":1} became nothing']);
    expect(lostFields({ a: true }, { a: 'true' })).toEqual(['/a: true became "true"']);
    expect(lostFields({ a: [1] }, { a: [1, 2] })).toEqual(['/a: 1 items became 2']);
  });

  it('is not an amount that is written otherwise', () => {
    expect(lostFields({ a: '0.5', b: '1024Mi' }, { a: '500m', b: '1Gi' })).toEqual([]);
    expect(lostFields({ a: '1k' }, { a: '1Ki' })).toHaveLength(1);
  });
});
