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

  it('has quantiles that hold about what they say', () => {
    const { coverage } = aggregate(baseline);
    expect(coverage?.['0.5']).toBeGreaterThan(0.45);
    expect(coverage?.['0.5']).toBeLessThan(0.65);
    expect(coverage?.['0.9']).toBeGreaterThan(0.86);
    expect(coverage?.['0.9']).toBeLessThan(0.96);
  });
});
