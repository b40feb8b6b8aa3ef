import { beforeEach, describe, expect, it } from 'vitest';
import { ActiveSlot } from '../../src/loop/active-slot.ts';
import { activeSnapshot } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';

const T0 = 1_800_000_000;

let clock: VirtualClock;
let slot: ActiveSlot;
beforeEach(() => {
  clock = new VirtualClock(T0 * 1000);
  slot = new ActiveSlot(clock);
});

const madeAt = (second: number) =>
  activeSnapshot(
    {
      cutoffSeconds: T0,
      generatedAtSeconds: T0 + second,
      stepSeconds: 60,
      replicas: [1, 2, 3],
    },
    clock,
  );
const pass = (seconds: number) => clock.advance(seconds * 1000);

describe('ActiveSlot', () => {
  it('puts each snapshot in force 5 s after its tick, or at once when it comes later', async () => {
    expect(slot.current).toBeNull();
    const first = madeAt(0);
    await pass(2);
    slot.put(first);
    expect(slot.newest).toBe(first);
    await pass(2.9);
    expect(slot.current).toBeNull();
    await pass(0.1);
    expect(slot.current).toBe(first);
    await pass(25);
    const second = madeAt(30);
    slot.put(second);
    expect(slot.newest).toBe(second);
    await pass(4.9);
    expect(slot.current).toBe(first);
    await pass(0.1);
    expect(slot.current).toBe(second);
    await pass(35);
    const late = madeAt(60);
    slot.put(late);
    expect(slot.current).toBe(late);
  });

  it('keeps every snapshot that waits when ticks are closer than the delay', async () => {
    const made = [];
    for (let second = 0; second < 8; second++) {
      if (second > 0) await pass(1);
      made.push(madeAt(second));
      slot.put(made[second] as (typeof made)[0]);
    }
    expect(slot.current).toBe(made[2]);
    await pass(2.5);
    expect(slot.current).toBe(made[4]);
    await pass(90);
    expect(slot.current).toBe(made[7]);
  });

  it('drops a snapshot that is older than the newest held', async () => {
    await pass(31);
    slot.put(madeAt(30));
    slot.put(madeAt(0));
    await pass(60);
    expect(slot.current?.generatedAtSeconds).toBe(T0 + 30);
  });

  it('lets go of what was made before the clock was set back', async () => {
    await pass(3600);
    slot.put(madeAt(3600));
    await pass(30);
    slot.put(madeAt(3630));
    clock.setWall((T0 + 31) * 1000);
    const now = madeAt(30);
    slot.put(now);
    expect(slot.current).toBe(now);
    await pass(9999);
    expect(slot.current).toBe(now);
  });

  it('brings what waits into force in time though the clock was set back meanwhile', async () => {
    slot.put(madeAt(0));
    await pass(30);
    const next = madeAt(30);
    slot.put(next);
    clock.setWall(T0 * 1000 - 3_600_000);
    await pass(4.9);
    expect(slot.current).not.toBe(next);
    await pass(0.1);
    expect(slot.current).toBe(next);
  });

  it('does not take anew, and so younger, what it holds', async () => {
    const first = madeAt(0);
    slot.put(first);
    await pass(600);
    clock.setWall(T0 * 1000 - 1000);
    slot.put(madeAt(0));
    expect(slot.current).toBe(first);
  });
});
