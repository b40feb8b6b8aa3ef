import { beforeAll, describe, expect, it } from 'vitest';
import type { ArimaOptions } from '../../src/models/arima.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { fitArima, simulate } from './fitting.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const season = (p: number, q: number) => ({ p, d: 0, q, lengthSteps: 7 });
/** Each model holds the one before it. */
const CHAINS: Record<string, readonly Partial<ArimaOptions>[]> = {
  'ARMA(1,1) to ARMA(1,2)': [
    { p: 1, q: 1 },
    { p: 1, q: 2 },
  ],
  'MA(1) to SARIMA(0,0,1)(1,0,1)7': [
    { q: 1 },
    { q: 1, seasonal: season(1, 0) },
    { q: 1, seasonal: season(1, 1) },
  ],
};

describe('a larger model is never less likely', () => {
  // Far from zero without a constant: the best root lies next to the unit circle.
  const cases = Object.keys(CHAINS).flatMap((chain) =>
    [36, 44, 52, 58].map((seed) => [chain, seed] as const),
  );
  it.each(cases)('%s, seed %i', async (chain, seed) => {
    const values = simulate(90, [0.4], [-0.5], seed).map((value) => value + 50);
    let least = Number.NEGATIVE_INFINITY;
    for (const options of CHAINS[chain] ?? []) {
      const { description } = await fitArima(kernel, options, values);
      expect(description.logLikelihood).toBeGreaterThan(least - 0.05);
      least = Math.max(least, description.logLikelihood);
    }
  });
});
