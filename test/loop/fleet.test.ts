import { expect, it } from 'vitest';
import type { Options } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { Fleet } from '../../src/loop/fleet.ts';
import { TestWorkload } from '../faces.ts';

async function optionsOf(...lines: readonly string[]): Promise<Options[]> {
  const file = `adapter: synthetic\nworkloads:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
  const parsed = await parseOptions(['--config=x'], {}, async () => file);
  expect(parsed.faults).toEqual([]);
  return (parsed.workloads ?? []).map(({ options }) => options);
}

function fleetOf() {
  const lives: string[] = [];
  const fleet = new Fleet<TestWorkload>((options) => ({
    view: new TestWorkload(options.identity),
    run: async (signal) => {
      lives.push(`+${options.identity}`);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      lives.push(`-${options.identity}`);
    },
  }));
  return { fleet, lives };
}

it('takes in, keeps, exchanges and lets go', async () => {
  const { fleet, lives } = fleetOf();
  const three = await optionsOf('{workload: a}', '{workload: b}', '{workload: c}');
  expect(fleet.apply(three)).toEqual({ added: ['a', 'b', 'c'], changed: [], removed: [] });
  const [a, b] = fleet.members;
  a?.forecast(1);
  b?.forecast(7);

  const next = await optionsOf('{workload: d}', '{workload: b, min: 1}', '{workload: a}');
  expect(fleet.apply(next)).toEqual({ added: ['d'], changed: ['b'], removed: ['c'] });
  expect(fleet.workloads.resolve('a')).toBe(a);
  expect(fleet.workloads.resolve('c')).toBeUndefined();
  await expect.poll(() => lives).toEqual(['+a', '+b', '+c', '+d', '+b', '-b', '-c']);

  await fleet.stop();
  expect(lives.slice(-3).sort()).toEqual(['-a', '-b', '-d']);
});

it('answers for a changed workload from what it has, until there is a new forecast', async () => {
  const { fleet } = fleetOf();
  fleet.apply(await optionsOf('{workload: a}'));
  const before = fleet.members[0]?.forecast(7, 7);
  fleet.apply(await optionsOf('{workload: a, min: 1}'));
  const view = fleet.workloads.resolve('a');
  expect(view?.active).toBe(before?.active);
  expect(view?.pendingReason).toBe('');
  const after = fleet.members[0]?.forecast(9, 9);
  expect(view?.active).toBe(after?.active);
  await fleet.stop();
});

it('is not disturbed by what the process alone is told', async () => {
  const { fleet } = fleetOf();
  const [options] = await optionsOf('{workload: a}');
  fleet.apply([options as Options]);
  const changed = { ...(options as Options), logLevel: 'debug' as const };
  expect(fleet.apply([changed])).toEqual({ added: [], changed: [], removed: [] });
  await fleet.stop();
});
