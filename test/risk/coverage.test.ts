import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { caseOf, normal, uniform } from './cases.ts';
import { normalShare } from './normal-twin.ts';
import { calibrate } from './record.ts';

const LEVELS = [0.5, 0.75, 0.8, 0.9, 0.95, 0.99];
const DAY_STEPS = 288;
const STEPS = 4_032;
const HORIZON = 24;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** A metric of which every quantile is known. */
interface Known {
  readonly point: (i: number) => number;
  readonly draw: (seed: number) => (i: number) => number;
  /** P(value at step i ≤ x). */
  readonly share: (x: number, i: number) => number;
}

const wave = (i: number) => 500 + 400 * Math.sin((2 * Math.PI * i) / DAY_STEPS);

/** Normal around the wave, with a spread of its own at each step. */
function normalWith(spread: (i: number) => number): Known {
  return {
    point: wave,
    draw: (seed) => {
      const random = normal(seed);
      return (i) => wave(i) + spread(i) * random();
    },
    share: (x, i) => normalShare((x - wave(i)) / spread(i)),
  };
}

const KNOWN: Record<string, Known> = {
  normal: normalWith(() => 40),
  'of a spread that grows with the level': normalWith((i) => 0.15 * wave(i)),
  'of a spread that has a day': normalWith(
    (i) => 50 - 30 * Math.cos((2 * Math.PI * i) / DAY_STEPS),
  ),
  lognormal: {
    point: wave,
    draw: (seed) => {
      const random = normal(seed);
      return (i) => wave(i) * Math.exp(0.4 * random());
    },
    share: (x, i) => normalShare(Math.log(Math.max(x, 1e-9) / wave(i)) / 0.4),
  },
};

/** What the quantiles of 24 steps ahead truly cover, by level, over several histories. */
function truth({ point, draw, share }: Known): { covered: number[]; worst: number } {
  const covered = LEVELS.map(() => 0);
  let worst = 0;
  for (const seed of SEEDS) {
    const actual = draw(seed);
    const values = Array.from({ length: STEPS + 100 * seed }, (_, i) => actual(i));
    const world = { stepSeconds: 300, steps: values.length, horizon: HORIZON, point, actual };
    const { bands } = calibrate(kernel, caseOf(world, values), LEVELS);
    LEVELS.forEach((level, k) => {
      bands[level]?.forEach((value, h) => {
        const held = share(value, values.length + h);
        covered[k] = (covered[k] as number) + held / (HORIZON * SEEDS.length);
        if (level === 0.9) worst = Math.max(worst, Math.abs(held - level));
      });
    });
  }
  return { covered, worst };
}

describe('quantiles of a metric whose own are known', () => {
  it.each(Object.entries(KNOWN))('hold what they say: %s', (_, known) => {
    const { covered, worst } = truth(known);
    LEVELS.forEach((level, k) => {
      const tolerance = 0.008 + 0.1 * (1 - level);
      const apart = Math.abs((covered[k] as number) - level);
      expect(apart, `p${level}: ${covered[k]}`).toBeLessThan(tolerance);
    });
    // Not on the mean alone: at no step, in no history, is p90 far from it.
    expect(worst).toBeLessThan(0.1);
  });

  /** P(count ≤ x) of a Poisson variable. */
  function poissonShare(mean: number, x: number): number {
    let term = Math.exp(-mean);
    let sum = term;
    for (let k = 1; k <= x; k++) {
      term *= mean / k;
      sum += term;
    }
    return sum;
  }

  function poisson(mean: number, seed: number): () => number {
    const random = uniform(seed);
    return () => {
      const share = random();
      let count = 0;
      while (poissonShare(mean, count) < share) count++;
      return count;
    };
  }

  it.each([0.1, 0.3, 1, 4, 20])('are those of counts, not between them: mean %f', (mean) => {
    const exact = (level: number) => {
      let count = 0;
      while (poissonShare(mean, count) < level) count++;
      return count;
    };
    let [exactly, all] = [0, 0];
    for (const seed of SEEDS) {
      const draw = poisson(mean, seed);
      const values = Array.from({ length: 2_016 }, draw);
      // What a model says wobbles around the mean, as every estimate does.
      const point = (i: number) => mean * (1 + 0.1 * Math.sin(i));
      const sigma = Math.sqrt(mean);
      const world = { stepSeconds: 300, steps: 2_016, horizon: 12, point, actual: draw, sigma };
      const { bands } = calibrate(kernel, caseOf(world, values), LEVELS);
      for (const [level, made] of Object.entries(bands)) {
        if (level === '0.5') continue;
        for (const [h, value] of made.entries()) {
          expect(Number.isInteger(value) || value === bands['0.5']?.[h]).toBe(true);
          all++;
          if (Math.floor(value) === exact(Number(level))) exactly++;
          expect(Math.abs(value - exact(Number(level)))).toBeLessThanOrEqual(1 + mean / 4);
        }
      }
      const held = Array.from(bands['0.9'] ?? [], (value) => poissonShare(mean, value));
      const mean90 = held.reduce((a, b) => a + b, 0) / held.length;
      expect(mean90).toBeGreaterThan(0.87);
    }
    if (mean < 2) expect(exactly / all).toBeGreaterThan(0.85);
  });

  it('the peak is that of the maximum of a window, not of a step', () => {
    const peakSteps = 6;
    const { point, draw } = KNOWN.normal as Known;
    let [covered, single] = [0, 0];
    for (const seed of SEEDS) {
      const actual = draw(seed);
      const values = Array.from({ length: STEPS }, (_, i) => actual(i));
      const flat = values.map((value, i) => value - point(i) + 500);
      const world = { stepSeconds: 300, steps: STEPS, horizon: 12, point: () => 500, actual };
      const { peak, bands } = calibrate(kernel, caseOf(world, flat, peakSteps), [0.9]);
      const share = (x: number) => normalShare((x - 500) / 40) ** peakSteps;
      covered += share(peak['0.9'] as number) / SEEDS.length;
      single += share(bands['0.9']?.[0] as number) / SEEDS.length;
    }
    expect(covered).toBeGreaterThan(0.875);
    expect(covered).toBeLessThan(0.93);
    expect(single).toBeLessThan(0.6);
  });
});
