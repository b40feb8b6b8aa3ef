import { beforeAll, describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { fitLadder, ladderFor } from '../../src/models/ladder.ts';
import type { Model } from '../../src/models/model.ts';
import { createModel } from '../../src/models/registry.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from './options.ts';
import { contextOf, dailyLoad, seriesOf } from './series.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const rungs = (name: string) =>
  ladderFor(name).map((rung) => createModel(rung, kernel, MODEL_OPTIONS));

const refusing = (name: string, thrown: unknown): Model => ({
  name,
  fit: () => Promise.reject(thrown),
});

describe('ladderFor', () => {
  it.each([
    ['arima', ['arima', 'baseline', 'seasonal-naive', 'last-value']],
    ['baseline', ['baseline', 'seasonal-naive', 'last-value']],
    ['seasonal-naive', ['seasonal-naive', 'baseline', 'last-value']],
    ['last-value', ['last-value', 'baseline', 'seasonal-naive']],
  ])('%s', (chosen, names) => {
    expect(ladderFor(chosen)).toEqual(names);
  });
});

describe('fitLadder', () => {
  it('lets the chosen model answer', async () => {
    const series = seriesOf(dailyLoad(300, 60));
    const { answered, reason, fitted } = await fitLadder(rungs('baseline'), series, contextOf(5));
    expect({ answered, reason, name: fitted.description.name }).toEqual({
      answered: 'baseline',
      reason: '',
      name: 'baseline',
    });
  });

  it('goes down to the last value for a single point, and says why', async () => {
    const refused: string[] = [];
    const { answered, reason } = await fitLadder(
      rungs('seasonal-naive'),
      seriesOf([Number.NaN, 7]),
      contextOf(5),
      (fault, name) => refused.push(`${name} ${fault.code}`),
    );
    expect(answered).toBe('last-value');
    expect(refused).toEqual(['seasonal-naive series_too_short', 'baseline series_too_short']);
    expect(reason).toMatch(/^seasonal-naive: series_too_short, .*; baseline: series_too_short, /);
  });

  it('throws the last refusal when no rung answers', async () => {
    const series = seriesOf([Number.NaN, Number.NaN]);
    const fit = fitLadder(rungs('baseline'), series, contextOf(5));
    await expect(fit).rejects.toMatchObject({ code: 'series_too_short' });
  });

  it('takes any thrown thing as a refusal, and names it', async () => {
    const models = [refusing('odd', new TypeError('boom')), ...rungs('last-value')];
    const { answered, reason } = await fitLadder(models, seriesOf([1, 2]), contextOf(5));
    expect({ answered, reason }).toEqual({ answered: 'last-value', reason: 'odd: internal, boom' });
  });

  it('stops when its signal is aborted, instead of answering less', async () => {
    const stop = new AbortController();
    const models = [refusing('slow', new KedastralError('model_failed', 'model', 'late'))];
    const fit = fitLadder(
      [...models, ...rungs('last-value')],
      seriesOf([1, 2]),
      {
        horizonSteps: 5,
        signal: stop.signal,
      },
      () => {},
    );
    await expect(fit).resolves.toMatchObject({ answered: 'last-value' });
    stop.abort(new Error('stopped'));
    const stopped = fitLadder(models, seriesOf([1, 2]), { horizonSteps: 5, signal: stop.signal });
    await expect(stopped).rejects.toThrow('stopped');
  });
});
