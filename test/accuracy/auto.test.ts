import { beforeAll, describe, expect, it } from 'vitest';
import { autoModel } from '../../src/models/auto.ts';
import { loadKernel } from '../kernel.ts';
import { loadProtocol, publishedSkills } from '../protocol/data.ts';
import { forecasterOf } from '../protocol/forecasters.ts';
import { aggregate, runProtocol, type SeriesScore } from '../protocol/scorer.ts';

const SERIES = loadProtocol();
const TIMEOUT_MS = 240_000;

/** Goals of the project: mean skill, scaled pinball loss, distance to each series' best peer. */
const SKILL_MIN = 0.4;
const SPL_MAX = 0.19;
const BEHIND_MAX = 0.06;
const PEERS = [
  'ens_strong',
  'lightgbm',
  'mstl_arima',
  'direct_ridge',
  'mstl_ets',
  'ens_median',
  'ens_mean',
  'harmonic_ar',
  'snaive_week',
  'autotheta',
  'autoces',
  'prophet',
  'autoarima',
  'window_avg',
];

describe.runIf(SERIES)('auto on the public series', () => {
  let scores: SeriesScore[];
  beforeAll(async () => {
    const kernel = await loadKernel();
    scores = await runProtocol(SERIES ?? [], forecasterOf(kernel, autoModel(kernel)));
  }, TIMEOUT_MS);

  it(`has a mean skill of ${SKILL_MIN} and a scaled pinball loss of ${SPL_MAX}`, () => {
    const { skill, spl } = aggregate(scores);
    expect(skill).toBeGreaterThan(SKILL_MIN);
    expect(spl).toBeLessThan(SPL_MAX);
  });

  it('is within reach of the best peer of each series', () => {
    const published = PEERS.map(publishedSkills);
    for (const { name, skill } of scores) {
      const best = Math.max(...published.map((skills) => skills.get(name) ?? Number.NaN));
      expect(skill, name).toBeGreaterThan(best - BEHIND_MAX);
    }
  });

  it('covers what its quantiles say', () => {
    const { coverage } = aggregate(scores);
    expect(coverage?.['0.9']).toBeGreaterThan(0.88);
    expect(coverage?.['0.9']).toBeLessThan(0.92);
  });
});
