import { autoModel } from '../src/models/auto.ts';
import { baselineModel } from '../src/models/baseline.ts';
import type { MemberGroup } from '../src/models/ensemble.ts';
import type { Model } from '../src/models/model.ts';
import { loadKernel } from '../src/wasm/load.ts';
import { loadProtocol } from '../test/protocol/data.ts';
import { forecasterOf } from '../test/protocol/forecasters.ts';
import { aggregate, runProtocol } from '../test/protocol/scorer.ts';
import { cost, type Row, rate } from './row.ts';

const GROUPS: readonly MemberGroup[] = ['medians', 'learnt', 'analogues', 'harmonic terms'];
const SETS = ['public', 'public_extra'];

/** Skill and pinball loss of `auto` without each group of members, beside the baseline's. */
export async function bench(): Promise<Row[]> {
  const kernel = await loadKernel();
  const variants: [string, Model][] = [
    ['auto', autoModel(kernel)],
    ...GROUPS.map((group): [string, Model] => [
      `auto without ${group}`,
      autoModel(kernel, [group]),
    ]),
    ['auto without all of them', autoModel(kernel, GROUPS)],
  ];
  const rows: Row[] = [];
  for (const set of SETS) {
    const series = loadProtocol(set);
    if (!series) return [];
    const scored = async (model: Model) =>
      aggregate(await runProtocol(series, forecasterOf(kernel, model)));
    const baseline = await scored(baselineModel(kernel));
    for (const [name, model] of variants) {
      const { skill, spl } = await scored(model);
      const peer = { name: 'baseline', measured: baseline.skill };
      rows.push({ ...rate({ name: `${set}: ${name}, skill`, unit: '', measured: skill, peer }) });
      rows.push(cost({ name: `${set}: ${name}, spl`, unit: '', measured: spl ?? Number.NaN }));
    }
  }
  return rows;
}
