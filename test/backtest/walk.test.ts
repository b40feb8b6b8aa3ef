import { describe, expect, it } from 'vitest';
import { inlineRunner } from '../../src/backtest/runner.ts';
import { trackLine, trackOf } from '../../src/backtest/tracks.ts';
import { type Forecasted, walkForward } from '../../src/backtest/walk.ts';
import { systemClock } from '../../src/clock.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from '../models/options.ts';

const DAY = 24;
const POINTS = 12 * DAY;
const VALUES = Float64Array.from(
  { length: POINTS },
  (_, i) => 100 + 10 * (i % DAY) + ((i * 7919) % 13),
);
const SERIES = {
  ...{ name: 'a', stepSeconds: 3_600, startSeconds: 1_700_000_000 - (1_700_000_000 % 3_600) },
  ...{ values: VALUES, horizonSteps: 6, windowSteps: 7 * DAY },
};
const CUTOFFS = Array.from({ length: 20 }, (_, k) => 8 * DAY + 2 * k);
const MODELS = ['baseline', 'seasonal-naive'];

async function walk(values = VALUES, signal = new AbortController().signal) {
  const forecasts: Forecasted[] = [];
  const models = await walkForward(
    { ...SERIES, values },
    CUTOFFS,
    { models: MODELS, modelOptions: MODEL_OPTIONS },
    inlineRunner(await loadKernel(), systemClock),
    (forecasted) =>
      forecasts.push({ ...forecasted, bands: forecasted.bands.map((b) => b.slice()) }),
    signal,
  );
  return { models, forecasts };
}

describe('the walk forward', () => {
  it('forecasts with each model from each cutoff, in order', async () => {
    const { models, forecasts } = await walk();
    expect(models.map(({ model, origins, refused }) => [model, origins, refused])).toEqual([
      ['baseline', 20, 0],
      ['seasonal-naive', 20, 0],
    ]);
    expect(forecasts.map(({ cutoff }) => cutoff)).toEqual([...CUTOFFS, ...CUTOFFS]);
    expect(forecasts.every(({ bands }) => bands.every((band) => band.length === 6))).toBe(true);
    // The seasonal naive is what skill is measured by.
    expect(models[1]?.skill).toBeCloseTo(0, 12);
    expect(models[0]?.byHorizon).toHaveLength(6);
    const byHour = models[0]?.byHour.reduce((sum, { count }) => sum + count, 0);
    expect(byHour).toBe(20 * 6);
  });

  it('shows no forecaster what comes after its cutoff', async () => {
    const cutoff = CUTOFFS[7] as number;
    const changed = VALUES.map((value, i) => (i > cutoff ? 1e6 - value : value));
    const [before, after] = [await walk(), await walk(changed)];
    const upTo = ({ forecasts }: typeof before) =>
      forecasts.filter((one) => one.cutoff <= cutoff).map(({ bands }) => bands);
    expect(upTo(after)).toEqual(upTo(before));
    expect(after.forecasts.at(-1)?.bands).not.toEqual(before.forecasts.at(-1)?.bands);
  });

  it('gives what it reached when it is stopped', async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await walk(VALUES, stop.signal)).models).toEqual([]);
  });

  it('says when a model refused and another one answered', async () => {
    const short = { ...SERIES, windowSteps: 10 };
    const models = await walkForward(
      short,
      [100],
      { models: ['seasonal-naive'], modelOptions: MODEL_OPTIONS },
      inlineRunner(await loadKernel(), systemClock),
      () => {},
      new AbortController().signal,
    );
    expect(models[0]).toMatchObject({ refused: 1, refusal: expect.stringContaining('too_short') });
  });
});

describe('a track of forecasts', () => {
  it('has one for each observed step, the same as a walk makes', async () => {
    const values = VALUES.slice();
    values[8 * DAY + 3] = Number.NaN;
    const series = { ...SERIES, values };
    const runner = inlineRunner(await loadKernel(), systemClock);
    const signal = new AbortController().signal;
    const [from, to] = [8 * DAY, 8 * DAY + 70];
    const grid = { from, to, keptSteps: 4, offset: -100 };
    const plan = { plannedLevels: [], peakSteps: 0 };
    const wanted = { model: 'baseline', modelOptions: MODEL_OPTIONS, ...plan, ...grid };
    let done = 0;
    const { track, upper } = await trackOf(series, wanted, runner, (n) => (done += n), signal);
    expect([track.rows, track.firstStep, done]).toEqual([70, from - 100, 69]);
    expect(track.values[3 * 4]).toBeNaN();
    const { models: _, forecasts } = await walk(values);
    const { bands } = forecasts.find(({ cutoff }) => cutoff === 8 * DAY + 2) as Forecasted;
    expect([...track.values.subarray(8, 12)]).toEqual([...(bands[0]?.subarray(0, 4) ?? [])]);
    expect([...upper.subarray(8, 12)]).toEqual([...(bands[2]?.subarray(0, 4) ?? [])]);
    const line = trackLine(track.values, track, { offset: -100, points: POINTS, leadSteps: 3 });
    expect(line[8 * DAY + 2 + 3]).toBe(bands[0]?.[2]);
    expect(line[from + 2]).toBeNaN();
    expect(line).toHaveLength(POINTS);
  });

  it('has the levels that are planned for, stretched to the peak of the lead time', async () => {
    const runner = inlineRunner(await loadKernel(), systemClock);
    const grid = { from: 8 * DAY, to: 8 * DAY + 9, keptSteps: 4, offset: 0 };
    const wanted = { model: 'last-value', modelOptions: MODEL_OPTIONS, ...grid };
    const signal = new AbortController().signal;
    const bandOf = async (peakSteps: number) => {
      const options = { ...wanted, plannedLevels: [0.9], peakSteps };
      const { track, upper } = await trackOf(SERIES, options, runner, () => {}, signal);
      return { upper, band: track.quantiles['0.9'] as Float64Array };
    };
    const [one, three] = [await bandOf(1), await bandOf(3)];
    expect([...one.band]).toEqual([...one.upper]);
    expect([...three.upper]).toEqual([...one.upper]);
    expect(three.band.every((value, i) => value > (one.band[i] as number))).toBe(true);
  });
});
