import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createAdapter } from '../../src/adapters/registry.ts';
import type { Options } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { ForecastPool, type PoolThread } from '../../src/loop/forecast-pool.ts';
import { serveForecasts } from '../../src/loop/pool-worker.ts';
import { createLocalForecaster } from '../../src/loop/workload.ts';
import { PromptClock } from '../adapters/test-server.ts';
import { facesOf } from '../faces.ts';
import { loadKernel } from '../kernel.ts';
import { VirtualClock } from '../virtual-clock.ts';

const START_SECONDS = Date.UTC(2026, 5, 1, 9, 30) / 1000;
const END_MS = (START_SECONDS + 86_400) * 1000;
const SIGNAL = new AbortController().signal;
const pools: ForecastPool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

/** A thread without the thread: the same port and the same work. */
class Channel implements PoolThread {
  readonly #channel = new MessageChannel();
  #exit: (code: number) => void = () => undefined;

  constructor(isServed = true) {
    if (isServed) serveForecasts(this.#channel.port2, new PromptClock(END_MS));
  }

  postMessage(request: Parameters<PoolThread['postMessage']>[0]): void {
    this.#channel.port1.postMessage(request);
  }

  // biome-ignore lint/suspicious/noExplicitAny: one listener a kind of event
  on(event: 'message' | 'error' | 'exit', listener: (value: any) => void): this {
    if (event === 'message') this.#channel.port1.on('message', listener);
    if (event === 'exit') this.#exit = listener;
    return this;
  }

  terminate(): void {
    this.#channel.port1.close();
    this.#exit(1);
  }
}

function poolOf(startThread: () => PoolThread, count = 1) {
  const faces = facesOf();
  const pool = new ForecastPool(count, { ...faces, startThread });
  pools.push(pool);
  const warnings: string[] = [];
  const forecasterOf = (options: Options) =>
    pool.forecaster(options, {
      metrics: faces.metrics.forWorkload(options.identity),
      onWarning: (warning) => warnings.push(warning),
    });
  return { ...faces, pool, forecasterOf };
}

async function optionsOf(...argv: readonly string[]): Promise<Options> {
  const { options, faults } = await parseOptions(['--history=2d', ...argv], {});
  expect(faults).toEqual([]);
  return options;
}

describe('a pool of worker threads', () => {
  it('forecasts to the byte what a kernel alone does, epoch by epoch', async () => {
    const { forecasterOf } = poolOf(() => new Channel());
    const clock = new VirtualClock(END_MS);
    const names = ['a', 'b', 'c'];
    const all = await Promise.all(names.map((name) => optionsOf(`--workload=${name}`)));
    const pooled = all.map(forecasterOf);
    const [first] = all as [Options];
    const { metrics } = facesOf();
    const alone = createLocalForecaster(first, {
      kernel: await loadKernel(),
      adapter: await createAdapter(first, clock),
      clock,
      metrics: metrics.forWorkload('a'),
      onWarning: () => undefined,
    });
    for (let step = 0; step < 5; step++) {
      const tick = START_SECONDS + step * 1_200;
      const made = await Promise.all(pooled.map((each) => each.forecast(tick, SIGNAL)));
      expect(made.map(({ workload }) => workload)).toEqual(names);
      expect(made[0]).toEqual(await alone.forecast(tick, SIGNAL));
    }
  });

  it('tells the metrics and the faults of its workloads', async () => {
    const { forecasterOf, metrics } = poolOf(() => new Channel());
    const bad = ['--prom-url=http://127.0.0.1:9', '--prom-query=up', '--workload=bad'];
    const forecast = forecasterOf(await optionsOf(...bad)).forecast(START_SECONDS, SIGNAL);
    await expect(forecast).rejects.toMatchObject({ code: 'adapter_unreachable' });
    const good = forecasterOf(await optionsOf('--workload=good'));
    await good.forecast(START_SECONDS, SIGNAL);
    expect(good.accuracy.report()).toBeInstanceOf(Array);
    const { body } = await metrics.scrape();
    expect(body).toContain('kedastral_model_predict_seconds_count{workload="good"} 1');
  });

  it('starts a thread that ended anew, with its workloads', async () => {
    const threads: Channel[] = [];
    const { pool, forecasterOf, lines, clock } = poolOf(() => {
      threads.push(new Channel(threads.length > 0));
      return threads.at(-1) as Channel;
    });
    const forecaster = forecasterOf(await optionsOf());
    const lost = forecaster.forecast(START_SECONDS, SIGNAL);
    threads[0]?.terminate();
    await expect(lost).rejects.toMatchObject({ message: 'the worker thread ended by itself' });
    const stop = new AbortController();
    const watching = pool.run(stop.signal);
    await clock.advance(0);
    const made = await forecaster.forecast(START_SECONDS, SIGNAL);
    expect(made.model.answered).toBe('auto');
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'a worker thread is started anew', workloads: 1 }),
    );
    stop.abort();
    await watching;
  });

  it('does the same with one that is silent', async () => {
    let started = 0;
    const { pool, forecasterOf, clock } = poolOf(() => new Channel(started++ > 0));
    const stop = new AbortController();
    const watching = pool.run(stop.signal);
    const lost = forecasterOf(await optionsOf()).forecast(START_SECONDS, SIGNAL);
    const refused = expect(lost).rejects.toMatchObject({
      message: 'the worker thread said nothing for 30 s',
    });
    await clock.advance(30_000);
    await refused;
    expect(started).toBe(2);
    stop.abort();
    await watching;
  });

  it('gives a forecast up at once that nobody wants any more', async () => {
    const { forecasterOf } = poolOf(() => new Channel(false));
    const stop = new AbortController();
    const forecast = forecasterOf(await optionsOf()).forecast(START_SECONDS, stop.signal);
    stop.abort();
    await expect(forecast).rejects.toMatchObject({ message: 'the forecast was stopped' });
  });
});
