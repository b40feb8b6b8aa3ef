import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../src/wasm/abi.ts';
import { cumulate, simulate } from './fitting.ts';

const module = new WebAssembly.Module(
  readFileSync(new URL('../../dist/kedastral.wasm', import.meta.url)),
);

type Orders = readonly [
  p: number,
  d: number,
  q: number,
  P: number,
  D: number,
  Q: number,
  s: number,
];

/** All bytes of the answer of a fresh instance that gets `units` at a time, and its slices. */
function answer(values: readonly number[], orders: Orders, units: number) {
  const guest = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  const view = (pointer: WebAssembly.Global, length: number) =>
    new Float64Array(guest.memory.buffer, pointer.value, length);
  const horizon = 40;
  view(guest.historyPtr, values.length).set(values);
  expect(guest.arimaBegin(values.length, ...orders, 2, 0)).toBe(0);
  let slices = 1;
  while (guest.arimaAdvance(units) === 1) slices++;
  while (guest.arimaForecast(horizon, units) === 1) slices++;
  const buffers = [
    view(guest.paramsPtr, 28),
    view(guest.meanPtr, horizon),
    view(guest.sigmaPtr, horizon),
  ];
  return { slices, bytes: buffers.map((b) => Buffer.from(b.slice().buffer).toString('hex')) };
}

const level = cumulate(simulate(900, [0.5], [-0.3], 3), 1000);
const holes = level.map((value, i) => (i % 37 === 5 || (i > 400 && i < 420) ? Number.NaN : value));
const CASES: Record<string, [readonly number[], Orders]> = {
  'ARIMA(2,1,1)': [level, [2, 1, 1, 0, 0, 0, 0]],
  'ARIMA(3,1,2)': [level, [3, 1, 2, 0, 0, 0, 0]],
  'SARIMA(1,1,1)(0,1,1)24': [level, [1, 1, 1, 0, 1, 1, 24]],
  'SARIMA(1,0,1)(1,1,1)120 by conditional sum of squares': [level, [1, 0, 1, 1, 1, 1, 120]],
  'ARIMA(1,1,1) with gaps': [holes, [1, 1, 1, 0, 0, 0, 0]],
  'SARIMA(0,1,1)(0,1,1)12 with gaps': [holes.slice(0, 300), [0, 1, 1, 0, 1, 1, 12]],
  'SARIMA(0,1,1)(0,1,1)120 with gaps': [holes, [0, 1, 1, 0, 1, 1, 120]],
  'ARIMA auto': [level, [-1, -1, -1, 0, 0, 0, 0]],
  'SARIMA auto': [level.slice(0, 240), [-1, -1, -1, -1, -1, -1, 7]],
};

describe('a fit in slices gives the bytes of a fit at once', () => {
  it.each(Object.entries(CASES))('%s', (_, [values, orders]) => {
    const whole = answer(values, orders, 2_000_000_000);
    const sliced = answer(values, orders, 10_007);
    expect(whole.slices).toBe(1);
    expect(sliced.slices).toBeGreaterThan(1);
    expect(sliced.bytes).toEqual(whole.bytes);
  });

  it('forecasts the same again, also when a forecast was left half-way', () => {
    const guest = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    new Float64Array(guest.memory.buffer, guest.historyPtr.value, holes.length).set(holes);
    expect(guest.arimaBegin(holes.length, 1, 1, 1, 0, 0, 0, 0, 0, 0)).toBe(0);
    expect(guest.arimaAdvance(2_000_000_000)).toBe(0);
    const forecastOf = () => {
      expect(guest.arimaForecast(40, 2_000_000_000)).toBe(0);
      const view = (pointer: WebAssembly.Global) =>
        new Float64Array(guest.memory.buffer, pointer.value, 40).slice();
      return [view(guest.meanPtr), view(guest.sigmaPtr)];
    };
    const first = forecastOf();
    expect(guest.arimaForecast(400, 1)).toBe(1);
    expect(forecastOf()).toEqual(first);
  });

  it('does not depend on what was fitted before', () => {
    const guest = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    const forecastOf = (values: readonly number[], orders: Orders) => {
      new Float64Array(guest.memory.buffer, guest.historyPtr.value, values.length).set(values);
      guest.arimaBegin(values.length, ...orders, 2, 0);
      guest.arimaAdvance(2_000_000_000);
      guest.arimaForecast(40, 2_000_000_000);
      const found = new Float64Array(guest.memory.buffer, guest.meanPtr.value, 40);
      return Buffer.from(found.slice().buffer).toString('hex');
    };
    for (const [values, orders] of Object.values(CASES)) forecastOf(values, orders);
    for (const [values, orders] of Object.values(CASES)) {
      expect(forecastOf(values, orders)).toBe(answer(values, orders, 2_000_000_000).bytes[1]);
    }
  });
});
