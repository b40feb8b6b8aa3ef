import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { decompose, type Passes } from './decompose.ts';

interface Golden extends Passes {
  readonly periods: readonly number[];
  readonly y: readonly number[];
  readonly trend: readonly number[];
  readonly seasons: readonly (readonly number[])[];
}

// Made by golden/vectors.py with the versions that the file names.
const { cases } = JSON.parse(
  readFileSync(new URL('golden/statsmodels.json', import.meta.url), 'utf8'),
) as { cases: Golden[] };

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const TOLERANCE = 1e-9;

function expectNear(got: ArrayLike<number>, wanted: readonly number[], what: string): void {
  wanted.forEach((value, t) => {
    expect(Math.abs((got[t] as number) - value), `${what}[${t}]`).toBeLessThan(
      TOLERANCE * (1 + Math.abs(value)),
    );
  });
}

const named = cases.map((golden) => {
  const { periods, inner, outer, degree, jumps, y } = golden;
  const passes = `inner ${inner}, outer ${outer}, degree ${degree}, jumps ${jumps}`;
  return [`${periods.join(' and ')} of ${y.length}, ${passes}`, golden] as const;
});

it.each(named)('gives the components of statsmodels: periods %s', (_name, golden) => {
  const { trend, seasons } = decompose(kernel, golden.y, golden.periods, golden);
  expectNear(trend, golden.trend, 'trend');
  golden.seasons.forEach((season, k) => {
    expectNear(seasons[k] as Float64Array, season, `season ${k}`);
  });
});
