import { expect, it, vi } from 'vitest';
import type { GridRange } from '../../src/adapters/adapter.ts';
import { systemClock } from '../../src/clock.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { createWorkload } from '../../src/loop/workload.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { loadKernel } from '../kernel.ts';
import { VirtualClock } from '../virtual-clock.ts';

it('a month is slept, not a millisecond of it', async () => {
  const end = new AbortController();
  const slept = systemClock.sleep(30 * 86_400_000, end.signal).then(() => 'woken');
  const first = await Promise.race([slept, systemClock.sleep(50).then(() => 'asleep')]);
  expect(first).toBe('asleep');
  end.abort();
  await expect(slept).rejects.toThrow();
});

it('the first tick may be as old as an interval over stale-after makes it', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 5, 8, 12, 34, 56));
  const { options } = await parseOptions(['--interval=1h', '--model=baseline'], {});
  const adapter = {
    name: 'test',
    collect: async ({ startSeconds, endSeconds, stepSeconds }: GridRange) => {
      const count = Math.round((endSeconds - startSeconds) / stepSeconds) + 1;
      const timesSeconds = Float64Array.from({ length: count }, (_, i) => {
        return startSeconds + i * stepSeconds;
      });
      const values = new Float64Array(count).fill(1000);
      const answeredAtSeconds = clock.nowMs() / 1000;
      return { timesSeconds, values, warnings: [], answeredAtSeconds };
    },
  };
  const log = createLogger({ level: 'silent', format: 'json', name: 'test', clock });
  const [kernel, store] = [await loadKernel(), new MemoryStore()];
  const metrics = new Metrics(clock, '0.0.0');
  const loop = createWorkload(options, { kernel, adapter, store, clock, metrics, log });
  const stop = new AbortController();
  const running = loop.run(stop.signal);
  await vi.waitFor(() => expect(loop.pendingReason).not.toBe('no forecast has been made yet'));
  expect(loop.pendingReason).toBe('');
  expect(loop.active?.snapshot.desiredReplicas[0]).toBe(6);
  stop.abort();
  await running;
});
