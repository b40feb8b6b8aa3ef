import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForecasterPolls } from '../../src/loop/forecaster-polls.ts';
import { RemoteWorkload } from '../../src/loop/remote-workload.ts';
import { json, TestServer } from '../adapters/test-server.ts';
import { CUTOFF_SECONDS, type Faces, facesOf } from '../faces.ts';
import { snapshotOf } from '../snapshots.ts';
import { SERVING } from './serving.ts';

const INTERVAL_MS = 2_000;
const OPTIONS = {
  forecasterIntervalSeconds: INTERVAL_MS / 1000,
  forecasterTokenFile: null,
  forecasterCaFile: null,
};

let server: TestServer;
let faces: Faces;
let workload: RemoteWorkload;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  server = await TestServer.start();
  faces = facesOf();
  workload = new RemoteWorkload('my-api', SERVING, faces.clock);
  stop = new AbortController();
  running = Promise.resolve();
});

afterEach(async () => {
  stop.abort();
  await running;
  await server.close();
});

function poll(options: Partial<typeof OPTIONS | { forecasterTokenFile: string }> = {}): void {
  const polls = new ForecasterPolls(`${server.origin}/base/`, { ...OPTIONS, ...options }, faces);
  running = polls.run(() => [workload], stop.signal);
}

const snapshotMadeAt = (seconds: number) =>
  snapshotOf({
    cutoffSeconds: CUTOFF_SECONDS - 60,
    generatedAtSeconds: CUTOFF_SECONDS - 30 + seconds,
    stepSeconds: 60,
    replicas: [1, 2, 3, 4],
  });

/** How many looks are over, well or badly. */
async function looks(): Promise<number> {
  const { body } = await faces.metrics.scrape();
  const over = ['fetch_duration_seconds_count', 'fetch_errors_total'];
  return over.reduce((sum, name) => {
    const sample = new RegExp(`^kedastral_scaler_forecast_${name}{workload="my-api"} (\\d+)`, 'm');
    return sum + Number(sample.exec(body)?.[1] ?? 0);
  }, 0);
}

/** Lets the next rounds come until so many requests were seen. */
async function requests(count: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const isLooking = (await looks()) < server.seen.length;
        if (server.seen.length < count && !isLooking) await faces.clock.advance(INTERVAL_MS);
        return isLooking ? 0 : server.seen.length;
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThanOrEqual(count);
}

const scraped = async (sample: string) => (await faces.metrics.scrape()).body.includes(sample);

describe('looks at a forecaster', { timeout: 20_000 }, () => {
  it('ask by ETag, for the newest', async () => {
    server.answer = ({ headers }, response) => {
      if (headers['if-none-match'] === '"a"') response.writeHead(304, { etag: '"a"' }).end();
      else response.writeHead(200, { etag: '"a"' }).end(JSON.stringify(snapshotMadeAt(0)));
    };
    poll();
    await expect.poll(() => workload.active?.snapshot.desiredReplicas).toEqual([1, 2, 3, 4]);
    await requests(3);
    const [first, second] = server.seen;
    expect(first?.path).toBe('/base/forecast/current?workload=my-api&newest=true');
    expect(first?.headers['if-none-match']).toBeUndefined();
    expect(second?.path).toBe('/base/forecast/current?workload=my-api&newest=true');
    expect(second?.headers['if-none-match']).toBe('"a"');
    const count = 'kedastral_scaler_forecast_fetch_duration_seconds_count{workload="my-api"}';
    await expect.poll(() => scraped(`${count} 3`)).toBe(true);
    expect(await scraped('kedastral_errors_total{')).toBe(false);
  });

  it.each([
    [
      'a fault of the forecaster',
      json({ error: { code: 'forecast_pending' } }, 503),
      'adapter_status',
    ],
    ['a redirect', json({}, 302), 'adapter_status'],
    ['no JSON', json('hello'), 'forecaster_response'],
    ['another workload', json({ ...snapshotMadeAt(0), workload: 'x' }), 'forecaster_response'],
    ['a future', json(snapshotMadeAt(7_200)), 'forecaster_response'],
    ['too much', json('x'.repeat(5 * 1024 * 1024)), 'adapter_too_large'],
    [
      'nothing',
      (_: unknown, response: { destroy(): void }) => response.destroy(),
      'adapter_unreachable',
    ],
  ] as const)('count %s, say it once, and change nothing', async (_, answer, reason) => {
    server.answer = json(snapshotMadeAt(0));
    poll();
    await expect.poll(() => workload.active).toBeTruthy();
    server.answer = answer;
    await requests(4);
    const labels = `workload="my-api",component="forecaster",reason="${reason}"`;
    await expect.poll(() => scraped(`kedastral_errors_total{${labels}} `)).toBe(true);
    const failures = 'kedastral_scaler_forecast_fetch_errors_total{workload="my-api"} ';
    expect(await scraped(failures)).toBe(true);
    expect(workload.active?.snapshot.desiredReplicas).toEqual([1, 2, 3, 4]);
    const said = faces.lines.filter(({ msg }) => String(msg).startsWith('forecaster fails'));
    expect(said).toEqual([expect.objectContaining({ level: 'warn', code: reason })]);
  });

  it('give up on a forecaster that hangs, and take it again when it answers', async () => {
    server.answer = () => undefined;
    poll();
    await expect.poll(() => server.seen.length).toBe(1);
    await faces.clock.advance(3_000);
    await expect.poll(() => workload.pendingReason).toContain('no answer within 3 s');
    server.answer = json(snapshotMadeAt(0));
    await faces.clock.advance(INTERVAL_MS);
    await expect.poll(() => workload.active).toBeTruthy();
    const said = faces.lines.map(({ msg }) => msg);
    expect(said).toContain('forecaster answers');
  });

  it('bring the token of the file, as it is now', async () => {
    const file = join(tmpdir(), `kedastral-token-${process.pid}-${performance.now()}`);
    await writeFile(file, 'one\n');
    server.answer = json(snapshotMadeAt(0));
    poll({ forecasterTokenFile: file });
    await expect.poll(() => workload.active).toBeTruthy();
    await writeFile(file, 'two\n');
    await requests(2);
    expect(server.seen.map(({ headers }) => headers.authorization).slice(0, 2)).toEqual([
      'Bearer one',
      'Bearer two',
    ]);
    await rm(file);
    await faces.clock.advance(INTERVAL_MS);
    await expect
      .poll(() => faces.lines.find(({ code }) => code === 'adapter_unreachable')?.reason)
      .toBe('forecaster-token-file: ENOENT');
  });
});
