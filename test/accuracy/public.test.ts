import { beforeAll, describe, expect, it } from 'vitest';
import { baselineModel } from '../../src/models/baseline.ts';
import { lastValueModel } from '../../src/models/last-value.ts';
import { loadKernel } from '../kernel.ts';
import { loadProtocol } from '../protocol/data.ts';
import { forecasterOf } from '../protocol/forecasters.ts';
import { aggregate, runProtocol, type SeriesScore } from '../protocol/scorer.ts';

const SERIES = loadProtocol();

/** Peers of protocol kv1: the best of them has a mean skill of 0.325. */
const SKILL_MIN = 0.385;
/** Scaled pinball loss, mean over the series and the levels of the protocol. */
const SPL_MAX = 0.194;

describe.runIf(SERIES)('the baseline model on the public series', () => {
  let baseline: SeriesScore[];
  let lastValue: SeriesScore[];
  beforeAll(async () => {
    const kernel = await loadKernel();
    baseline = await runProtocol(SERIES ?? [], forecasterOf(kernel, baselineModel(kernel)));
    lastValue = await runProtocol(SERIES ?? [], forecasterOf(kernel, lastValueModel(kernel)));
  });

  it.each((SERIES ?? []).map(({ name }) => name))('is no worse than the last value: %s', (name) => {
    const maeOf = (scores: SeriesScore[]) => scores.find((score) => score.name === name)?.mae;
    expect(maeOf(baseline)).toBeLessThanOrEqual(1.05 * (maeOf(lastValue) as number));
  });

  it(`has a mean skill over the daily seasonal naive of ${SKILL_MIN} at least`, () => {
    expect(aggregate(baseline).skill).toBeGreaterThan(SKILL_MIN);
  });

  it('has quantiles that hold what they say', () => {
    const { coverage, spl } = aggregate(baseline);
    const within = [
      ['0.5', 0.47, 0.53],
      ['0.9', 0.88, 0.92],
      ['0.99', 0.98, 0.995],
    ] as const;
    for (const [level, least, most] of within) {
      expect(coverage?.[level], `p${level}`).toBeGreaterThan(least);
      expect(coverage?.[level], `p${level}`).toBeLessThan(most);
    }
    // The best peer has 0.219.
    expect(spl).toBeLessThan(SPL_MAX);
  });
});
