import { beforeAll, expect, it } from 'vitest';
import type { Kernel } from '../../../src/wasm/kernel.ts';
import { kernels, play, report } from './bench.ts';
import { scenarioOf } from './scenario.ts';

/** One test a seed: every invariant holds at every answer. */
export function holdsFor(firstSeed: number, endSeed: number): void {
  let shared: readonly Kernel[];
  beforeAll(async () => {
    shared = await kernels();
  });
  for (let seed = firstSeed; seed < endSeed; seed++) {
    const scenario = scenarioOf(seed);
    const names = scenario.injections.map(({ name }) => name);
    it(`${names.join(' and ')}, seed ${seed}`, async () => {
      const played = await play(scenario, shared);
      expect(played.run.answers.length).toBeGreaterThan(100);
      if (played.violations.length > 0) throw new Error(report(played));
    });
  }
}
