import { expect, it } from 'vitest';
import type { DataAdapter, Samples } from '../../src/adapters/adapter.ts';
import { QueryLanes } from '../../src/loop/query-lanes.ts';
import { VirtualClock } from '../virtual-clock.ts';

const RANGE = { startSeconds: 0, endSeconds: 60, stepSeconds: 60 };
const SAMPLES: Samples = {
  timesSeconds: new Float64Array(0),
  values: new Float64Array(0),
  warnings: [],
};
const SIGNAL = new AbortController().signal;
const DEADLINE_MS = 10_000;

function sources() {
  const clock = new VirtualClock();
  const lanes = new QueryLanes(clock);
  let open = 0;
  let most = 0;
  const source = (takesMs: number): DataAdapter =>
    lanes.spread({
      name: 'test',
      collect: async () => {
        most = Math.max(most, ++open);
        await clock.sleep(takesMs);
        open--;
        if (takesMs >= DEADLINE_MS) throw new Error('hangs');
        return SAMPLES;
      },
    });
  return { clock, source, most: () => most };
}

it('asks for so many at a time, and for all in the end', async () => {
  const { clock, source, most } = sources();
  const asked = Array.from({ length: 100 }, () => source(100).collect(RANGE, SIGNAL));
  await clock.advance(1_300);
  await Promise.all(asked);
  expect(most()).toBe(8);
});

it('lets those that hang wait for each other alone', async () => {
  const { clock, source } = sources();
  const hanging = Array.from({ length: 40 }, () => source(DEADLINE_MS));
  const ask = (all: readonly DataAdapter[]) =>
    Promise.allSettled(all.map((each) => each.collect(RANGE, SIGNAL)));
  const first = ask(hanging);
  await clock.advance(5 * DEADLINE_MS);
  await first;

  let answered = 0;
  void ask(hanging);
  const good = Array.from({ length: 80 }, () => source(100));
  for (const each of good) void each.collect(RANGE, SIGNAL).then(() => answered++);
  await clock.advance(1_000);
  expect(answered).toBe(80);
});

it('lets those that hang for the first time keep nobody waiting for long', async () => {
  const { clock, source, most } = sources();
  for (let i = 0; i < 40; i++)
    void source(DEADLINE_MS)
      .collect(RANGE, SIGNAL)
      .catch(() => 0);
  let isAnswered = false;
  void source(100)
    .collect(RANGE, SIGNAL)
    .then(() => {
      isAnswered = true;
    });
  await clock.advance((40 / 8) * 1_000 + 100);
  expect(isAnswered).toBe(true);
  expect(most()).toBe(41);
});

it('asks no more for one that was stopped while it waited', async () => {
  const { clock, source } = sources();
  const asked = Array.from({ length: 8 }, () => source(100).collect(RANGE, SIGNAL));
  const stop = new AbortController();
  const late = source(100).collect(RANGE, stop.signal);
  stop.abort(new Error('stopped'));
  const refused = expect(late).rejects.toThrow('stopped');
  await clock.advance(100);
  await Promise.all(asked);
  await refused;
});
