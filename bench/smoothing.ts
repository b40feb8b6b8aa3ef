import { etsModel } from '../src/models/ets.ts';
import { intermittentModel } from '../src/models/intermittent.ts';
import type { Model } from '../src/models/model.ts';
import { thetaModel } from '../src/models/theta.ts';
import { loadKernel } from '../src/wasm/load.ts';
import { normals } from '../test/arima/fitting.ts';
import { contextOf, seriesOf } from '../test/models/series.ts';
import { cost, percentile, type Row } from './row.ts';

const HORIZON = 24;
const HOUR_SECONDS = 3_600;
const FIVE_MINUTES_SECONDS = 300;
const MINUTE_SECONDS = 60;
/** Tries of each, of which the lower quartile counts: what neighbours take is not the task's. */
const TRIES = 15;

/** A load with a day, a level that wanders and noise. */
function load(points: number, stepSeconds: number): Float64Array {
  const draw = normals(3);
  let level = 0;
  return Float64Array.from({ length: points }, (_, t) => {
    level = 0.9 * level + draw();
    return 500 + 150 * Math.sin((2 * Math.PI * t * stepSeconds) / 86_400) + 10 * (level + draw());
  });
}

async function milliseconds(model: Model, points: number, stepSeconds: number): Promise<number> {
  const series = seriesOf(load(points, stepSeconds), stepSeconds);
  const times: number[] = [];
  for (let i = 0; i < TRIES; i++) {
    const startMs = performance.now();
    await model.fit(series, contextOf(HORIZON));
    times.push(performance.now() - startMs);
  }
  return percentile(times.slice(2), 0.25);
}

/** Fit and forecast of the smoothing models, all of whose forms are looked at each time. */
export async function bench(): Promise<Row[]> {
  const kernel = await loadKernel();
  const models = [
    { name: 'ETS', model: etsModel(kernel), goal: 100 },
    { name: 'Theta', model: thetaModel(kernel), goal: 10 },
    { name: 'TSB', model: intermittentModel(kernel), goal: 2 },
  ];
  const cases = [
    { what: '1,000 hours', points: 1_000, stepSeconds: HOUR_SECONDS },
    { what: '4,000 hours', points: 4_000, stepSeconds: HOUR_SECONDS },
    { what: '4,000 × 5 min', points: 4_000, stepSeconds: FIVE_MINUTES_SECONDS },
    { what: '4,000 min', points: 4_000, stepSeconds: MINUTE_SECONDS },
  ];
  const rows: Row[] = [];
  for (const { name, model, goal } of models) {
    for (const { what, points, stepSeconds } of cases) {
      const measured = await milliseconds(model, points, stepSeconds);
      rows.push(
        cost({ name: `${name}, ${what}, forecast ${HORIZON}`, unit: 'ms', measured, goal }),
      );
    }
  }
  return rows;
}
