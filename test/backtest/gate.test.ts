import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGate, formatGate, type Gate, parseGate } from '../../src/backtest/gate.ts';
import { modelResult, outcome, seriesResult } from './results.ts';

const OUTCOMES = ['pod_hours', 'unserved', 'unserved_share', 'short_minutes', 'scale_events'];
const SCORES = ['skill', 'accuracy', 'mae', 'pinball', 'cover90', 'fit_ms'];
const factor = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => value + 0);
const comparator = fc.constantFrom('>', '>=', '<', '<=');
const policy = fc.constantFrom('rival', 'reactive', 'keda', 'seed', 'oracle', 'static', 'actual');
const model = fc.constantFrom('baseline', 'last-value', 'auto');
const named = (name: typeof policy) => fc.record({ factor, name });
const gate = fc.oneof(
  fc.record({
    metric: fc.constantFrom(...OUTCOMES),
    comparator,
    limit: fc.oneof(factor, named(policy)),
  }),
  fc.record({
    metric: fc.constantFrom(...SCORES),
    comparator,
    limit: fc.oneof(factor, fc.record({ factor, name: model })),
  }),
) as fc.Arbitrary<Gate>;

describe('parseGate', () => {
  it('reads back whatever is written, blanks or not', () => {
    fc.assert(
      fc.property(gate, (made) => {
        const text = formatGate(made);
        expect(parseGate(text)).toEqual(made);
        expect(parseGate(` ${text.replace(/(>=|<=|>|<)/, ' $1 ').replace('*', ' * ')} `)).toEqual(
          made,
        );
      }),
    );
  });

  it('takes any text without a fault, and what it takes it understands', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({
        unit: fc.constantFrom('skill', 'mae', '>', '<', '=', '1', '.', '*', ' ', 'rival'),
      }),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        const parsed = parseGate(garbage);
        if (parsed !== null) expect(parseGate(formatGate(parsed))).toEqual(parsed);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    '',
    'short_minutes',
    'short_minutes>',
    '>reactive',
    'minutes>1',
    'short_minutes=1',
    'short_minutes>>1',
    'short_minutes>somebody',
    'short_minutes>NaN',
    'short_minutes>Infinity',
    'short_minutes>2*3',
    'skill<rival',
    'toString>1',
    'short_minutes>1 and skill<0',
  ])('refuses %j', (text) => {
    expect(parseGate(text)).toBeNull();
  });
});

describe('checkGate', () => {
  const series = seriesResult({
    models: [modelResult({ model: 'auto', skill: 0.3 }), modelResult({ skill: 0.1 })],
    policies: [
      ['ours', 'auto', outcome({ shortMinutes: 12, podHours: 90 })],
      ['ours', 'baseline', outcome({ shortMinutes: 30, podHours: 80 })],
      ['reactive', '', outcome({ shortMinutes: 10, podHours: 100 })],
    ],
  });
  const check = (text: string) => checkGate(parseGate(text) as Gate, series);

  it.each([
    ['short_minutes>reactive', true, 12, 10],
    ['short_minutes>1.5*reactive', false, 12, 15],
    ['short_minutes >= 12', true, 12, 12],
    ['short_minutes<12', false, 12, 12],
    ['pod_hours<=90', true, 90, 90],
    ['short_minutes>seed', false, 12, 30],
    ['skill<baseline', false, 0.3, 0.1],
    ['skill<0.5', true, 0.3, 0.5],
  ])('%s: failed %s', (text, isFailed, measured, limit) => {
    expect(check(text)).toMatchObject({ isFailed, measured, limit, series: 'a' });
  });

  it('fails what it cannot measure', () => {
    expect(check('short_minutes>oracle').isFailed).toBe(true);
    expect(check('peak_lead<-1000').isFailed).toBe(true);
    expect(checkGate(parseGate('unserved>1') as Gate, { ...series, replay: null }).isFailed).toBe(
      true,
    );
  });
});
