import { baselineModel } from '../src/models/baseline.ts';
import { lastValueModel } from '../src/models/last-value.ts';
import type { Model } from '../src/models/model.ts';
import type { Kernel } from '../src/wasm/kernel.ts';
import { loadKernel } from '../src/wasm/load.ts';
import { loadProtocol, type ProtocolSeries, publishedSkills } from '../test/protocol/data.ts';
import { forecasterOf } from '../test/protocol/forecasters.ts';
import { aggregate, runProtocol, type SeriesScore } from '../test/protocol/scorer.ts';
import { cost, percentile, type Row, rate } from './row.ts';

/** The peer with the highest mean skill: the mean of three models (PEERS.md of the data). */
const BEST_PEER = 'ens_strong';

/** Skill over the daily seasonal naive on the public series, beside the best peer's. */
export async function bench(): Promise<Row[]> {
  const series = loadProtocol();
  if (!series) return [];
  const kernel = await loadKernel();
  const fitsMs: number[] = [];
  const timed = timedModel(baselineModel(kernel), fitsMs);
  const baseline = await scored(kernel, timed, series);
  const lastValue = await scored(kernel, lastValueModel(kernel), series);

  const published = publishedSkills(BEST_PEER);
  const skills = baseline.map((score) =>
    skillRow(`baseline skill, ${score.name}`, score.skill, published.get(score.name) ?? Number.NaN),
  );
  const peerMean = [...published.values()].reduce((sum, skill) => sum + skill, 0) / published.size;
  const { skill, skillFirst, mase, coverage } = aggregate(baseline);
  const worst = Math.max(...baseline.map((score, k) => score.mae / (lastValue[k]?.mae ?? 0)));
  return [
    ...skills,
    { ...skillRow('baseline skill, mean', skill, peerMean), goal: 0, met: skill > 0 },
    rate({ name: 'baseline skill at h = 1, mean', unit: '', measured: skillFirst }),
    cost({ name: 'baseline MASE, geometric mean', unit: '', measured: mase }),
    cost({ name: 'baseline MAE / last value, worst', unit: '', measured: worst, goal: 1.05 }),
    rate({ name: 'baseline cover of q0.9', unit: '', measured: coverage?.['0.9'] ?? Number.NaN }),
    cost({ name: 'baseline fit, median', unit: 'ms', measured: percentile(fitsMs, 0.5), goal: 3 }),
  ];
}

/** Skills lie on both sides of 0, so their quotient says nothing. */
function skillRow(name: string, measured: number, peer: number): Row {
  const row = rate({ name, unit: '', measured, peer: { name: BEST_PEER, measured: peer } });
  return { ...row, ratio: null };
}

function scored(kernel: Kernel, model: Model, series: ProtocolSeries[]): Promise<SeriesScore[]> {
  return runProtocol(series, forecasterOf(kernel, model));
}

/** The model, noting how long each fit takes. */
function timedModel(model: Model, fitsMs: number[]): Model {
  return {
    name: model.name,
    async fit(series, context) {
      const startMs = performance.now();
      const fitted = await model.fit(series, context);
      fitsMs.push(performance.now() - startMs);
      return fitted;
    },
  };
}
