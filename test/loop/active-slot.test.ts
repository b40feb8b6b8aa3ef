import { describe, expect, it } from 'vitest';
import { ActiveSlot } from '../../src/loop/active-slot.ts';
import { activeSnapshot } from '../snapshots.ts';

const T0 = 1_800_000_000;
const madeAt = (second: number) =>
  activeSnapshot({
    cutoffSeconds: T0,
    generatedAtSeconds: T0 + second,
    stepSeconds: 60,
    replicas: [1, 2, 3],
  });
const ms = (second: number) => (T0 + second) * 1000;

describe('ActiveSlot', () => {
  it('puts each snapshot in force 5 s after its tick, or at once when it comes later', () => {
    const slot = new ActiveSlot();
    expect(slot.at(ms(0))).toBeNull();
    const [first, second] = [madeAt(0), madeAt(30)];
    slot.put(first, ms(2));
    expect(slot.newest).toBe(first);
    expect(slot.at(ms(4.9))).toBeNull();
    expect(slot.at(ms(5))).toBe(first);
    slot.put(second, ms(30));
    expect(slot.newest).toBe(second);
    expect(slot.at(ms(34.9))).toBe(first);
    expect(slot.at(ms(35))).toBe(second);
    const late = madeAt(60);
    slot.put(late, ms(70));
    expect(slot.at(ms(70))).toBe(late);
  });

  it('keeps every snapshot that waits when ticks are closer than the delay', () => {
    const slot = new ActiveSlot();
    const made = [0, 1, 2, 3, 4, 5, 6, 7].map(madeAt);
    for (const active of made) slot.put(active, ms(7));
    expect(slot.at(ms(6))).toBe(made[1]);
    expect(slot.at(ms(9.5))).toBe(made[4]);
    expect(slot.at(ms(100))).toBe(made[7]);
  });

  it('drops a snapshot that is older than the newest held', () => {
    const slot = new ActiveSlot();
    slot.put(madeAt(30), ms(31));
    slot.put(madeAt(0), ms(32));
    expect(slot.at(ms(100))?.generatedAtSeconds).toBe(T0 + 30);
  });

  it('lets go of what was made before the clock was set back', () => {
    const slot = new ActiveSlot();
    slot.put(madeAt(3600), ms(3600));
    slot.put(madeAt(3630), ms(3630));
    const now = madeAt(30);
    slot.put(now, ms(31));
    expect(slot.at(ms(31))).toBe(now);
    expect(slot.at(ms(9999))).toBe(now);
  });
});
