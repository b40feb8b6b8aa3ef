import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataAdapter } from '../../src/adapters/adapter.ts';
import { replayAdapter } from '../../src/adapters/replay.ts';
import { PromptClock } from './test-server.ts';

const never = new AbortController().signal;
const START = 1_700_000_040;
const TRACE_POINTS = 101;

let folder: string;
let replayFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kedastral-replay-'));
  replayFile = join(folder, 'trace.csv');
  const lines = Array.from({ length: TRACE_POINTS }, (_, i) => `${i * 60},${i}`);
  await writeFile(replayFile, `timestamp,value\n${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

async function valuesOf(adapter: DataAdapter, from: number, to: number, stepSeconds: number) {
  const range = { startSeconds: from, endSeconds: to, stepSeconds };
  const { timesSeconds, values } = await adapter.collect(range, never);
  return Object.fromEntries(Array.from(values, (value, i) => [timesSeconds[i], value]));
}

describe('at speed 60', () => {
  const options = { replaySpeed: 60, stepSeconds: 1 };

  test('half the trace is past at the start, the rest comes a step each second', async () => {
    const clock = new PromptClock(START * 1000 + 400);
    const adapter = await replayAdapter({ replayFile, ...options }, clock);
    const all = () => valuesOf(adapter, START - 1000, START + 1000, 1);
    const atStart = await all();
    expect(Object.keys(atStart)).toHaveLength(51);
    expect(atStart[START]).toBe(50);
    expect(atStart[START - 50]).toBe(0);
    clock.epochMs += 3_000;
    expect(await valuesOf(adapter, START + 1, START + 10, 1)).toEqual({
      [START + 1]: 51,
      [START + 2]: 52,
      [START + 3]: 53,
    });
    clock.epochMs += 3_600_000;
    expect(Object.keys(await all())).toHaveLength(TRACE_POINTS);
    expect(await valuesOf(adapter, START + 52, START + 60, 1)).toEqual({});
  });

  test('a history shorter than half the trace is all that is past', async () => {
    const clock = new PromptClock(START * 1000);
    const adapter = await replayAdapter({ replayFile, ...options, historySeconds: 20 }, clock);
    const past = await valuesOf(adapter, START - 1000, START, 1);
    expect(Object.keys(past)).toHaveLength(21);
    expect(past[START]).toBe(20);
  });
});

test('at other speeds the samples fall on the grid of trace step / speed', async () => {
  for (const [replaySpeed, stepSeconds] of [
    [1, 60],
    [4, 15],
    [20, 3],
    [0.5, 120],
  ] as const) {
    const clock = new PromptClock((START + 100) * 1000);
    const adapter = await replayAdapter({ replayFile, replaySpeed, stepSeconds }, clock);
    const past = await valuesOf(adapter, START - 20_000, START + 20_000, stepSeconds);
    const times = Object.keys(past).map(Number);
    expect(times).toHaveLength(51);
    expect(times.every((time) => time % stepSeconds === 0)).toBe(true);
    const newest = Math.floor((START + 100) / stepSeconds) * stepSeconds;
    expect(past[newest]).toBe(50);
  }
});

test('rows in any order are played in the order of their times', async () => {
  const shuffled = join(folder, 'shuffled.csv');
  await writeFile(shuffled, '120,2\n0,0\n180,3\n60,1\n240,4\n');
  const clock = new PromptClock(START * 1000);
  const adapter = await replayAdapter(
    { replayFile: shuffled, replaySpeed: 60, stepSeconds: 1 },
    clock,
  );
  expect(await valuesOf(adapter, START - 9, START, 1)).toEqual({
    [START - 2]: 0,
    [START - 1]: 1,
    [START]: 2,
  });
});

describe('refused at the start', () => {
  test('a step that the trace does not give', async () => {
    const options = { replayFile, replaySpeed: 60, stepSeconds: 60 };
    await expect(replayAdapter(options, new PromptClock())).rejects.toMatchObject({
      code: 'option_invalid',
      message:
        `replay-file ${replayFile}: its step is 60 s, which at replay-speed 60 ` +
        'is a grid of 1 s, not of 60 s: set --step 1s',
    });
  });

  test('a speed that no grid of whole seconds fits', async () => {
    const options = { replayFile, replaySpeed: 45, stepSeconds: 60 };
    await expect(replayAdapter(options, new PromptClock())).rejects.toMatchObject({
      message: expect.stringMatching(/choose a --replay-speed that makes it whole seconds$/),
    });
  });

  test.each([
    ['absent.csv', null, 'option_invalid', 'ENOENT'],
    ['one.csv', '60,1\n', 'option_invalid', 'fewer than two samples'],
    ['bad.csv', '60,1\nx,2\n', 'option_invalid', 'bad.csv: CSV line 2, timestamp: "x"'],
  ])('%s', async (name, text, code, message) => {
    const file = join(folder, name);
    if (text !== null) await writeFile(file, text);
    const options = { replayFile: file, replaySpeed: 60, stepSeconds: 1 };
    await expect(replayAdapter(options, new PromptClock())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
