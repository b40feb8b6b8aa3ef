import { describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import type { Override } from '../../src/forecast/override.ts';
import { Overrides } from '../../src/loop/overrides.ts';
import { Workloads } from '../../src/loop/workloads.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import { facesOf, TestWorkload } from '../faces.ts';

const WORKLOAD = 'shop/my-api';

const UNREACHABLE = new KedastralError('store_unreachable', 'store', 'no connection');
const DAY_SECONDS = 86_400;

/** A memory store that several processes see. */
class SharedStore extends MemoryStore {
  override readonly isShared = true as never;
  isDown = false;

  override async note(workload: string, name: string): Promise<string | null> {
    this.#answer();
    return super.note(workload, name);
  }

  /** A write fails: before it is done, or after, with its answer lost. */
  failing: 'before' | 'after' | null = null;

  override async replaceNote(...args: Parameters<MemoryStore['replaceNote']>): Promise<boolean> {
    this.#answer();
    if (this.failing === 'before') throw UNREACHABLE;
    const isDone = await super.replaceNote(...args);
    if (this.failing === 'after') throw UNREACHABLE;
    return isDone;
  }

  /** Somebody else writes. */
  async overwrite(text: string): Promise<void> {
    await super.replaceNote(WORKLOAD, 'override', await super.note(WORKLOAD, 'override'), text);
  }

  #answer(): void {
    if (this.isDown) throw UNREACHABLE;
  }
}

/** One process of two that share a store and a clock. */
function rig() {
  const faces = facesOf(new TestWorkload(WORKLOAD));
  const store = new SharedStore();
  const workloads = new Workloads([new TestWorkload(WORKLOAD)]);
  const process = () => new Overrides({ ...faces, store });
  const [own, other] = [process(), process()];
  const order = (kind: Override['kind'], replicas: number, seconds: number): Override => {
    const iso = (ms: number) => new Date(ms).toISOString();
    const nowMs = faces.clock.nowMs();
    const until = iso(nowMs + seconds * 1000);
    return { kind, replicas, until, at: iso(nowMs), by: 'a1b2c3d4' };
  };
  const said = () => faces.lines.map(({ msg }) => msg);
  return { ...faces, store, workloads, own, other, process, order, said };
}

describe('Overrides', () => {
  it('count at once where they are given, and at the next look elsewhere', async () => {
    const { own, other, workloads, order } = rig();
    const given = order('replicas', 12, 60);
    await own.set(WORKLOAD, given);
    expect(own.of(WORKLOAD)).toEqual(given);
    expect(other.of(WORKLOAD)).toBeNull();
    await other.look(workloads);
    expect(other.of(WORKLOAD)).toEqual(given);
    await other.clear(WORKLOAD, 'ffff0000', DAY_SECONDS);
    await own.look(workloads);
    expect(own.of(WORKLOAD)).toBeNull();
  });

  it('end by the clock, to the millisecond, and say so once', async () => {
    const { own, workloads, order, clock, said, metrics } = rig();
    await own.set(WORKLOAD, order('atLeast', 12, 60));
    await clock.advance(59_999);
    expect(own.of(WORKLOAD)?.replicas).toBe(12);
    await clock.advance(1);
    expect(own.of(WORKLOAD)).toBeNull();
    await own.look(workloads);
    await own.look(workloads);
    expect(said()).toEqual(['override ordered', 'override expired']);
    const { body } = await metrics.scrape();
    expect(body).toContain(`kedastral_overrides_total{workload="${WORKLOAD}",kind="atLeast"} 1`);
    expect(body).toContain(`kedastral_overrides_total{workload="${WORKLOAD}",kind="expired"} 1`);
  });

  it('survive a restart when the store does', async () => {
    const { own, process, workloads, order } = rig();
    await own.set(WORKLOAD, order('replicas', 12, 60));
    const restarted = process();
    await restarted.look(workloads);
    expect(restarted.of(WORKLOAD)?.replicas).toBe(12);
  });

  it('are refused while the store is away, and those known stay', async () => {
    const { own, store, workloads, order, said } = rig();
    await own.set(WORKLOAD, order('replicas', 12, 60));
    store.isDown = true;
    await expect(own.set(WORKLOAD, order('replicas', 3, 60))).rejects.toThrow('no connection');
    await expect(own.clear(WORKLOAD, '', DAY_SECONDS)).rejects.toThrow('no connection');
    await own.look(workloads);
    await own.look(workloads);
    expect(own.of(WORKLOAD)?.replicas).toBe(12);
    expect(said()).toEqual(['override ordered', 'override not read, what is known stays']);
  });

  it.each(['', '{}', 'null', '{"kind":"replicas","replicas":-1}', '[1]'])(
    'that cannot be read, %j, change nothing and are counted',
    async (text) => {
      const { own, store, workloads, order, metrics } = rig();
      await own.set(WORKLOAD, order('replicas', 12, 60));
      await store.overwrite(text);
      await own.look(workloads);
      expect(own.of(WORKLOAD)?.replicas).toBe(12);
      expect((await metrics.scrape()).body).toMatch(/reason="store_value"} 1/);
    },
  );

  it('are put back when the store has lost them, by one replica, and no older one is', async () => {
    const { own, other, store, workloads, order, clock, said } = rig();
    await other.set(WORKLOAD, order('replicas', 3, 600));
    await clock.advance(1_000);
    await own.set(WORKLOAD, order('replicas', 12, 600));
    await store.close();
    // Who missed the last order has an older one to put back.
    await other.look(workloads);
    expect(other.of(WORKLOAD)?.replicas).toBe(3);
    for (const one of [own, other]) await one.look(workloads);
    for (const one of [own, other]) expect(one.of(WORKLOAD)?.replicas).toBe(12);
    await store.close();
    for (const one of [own, other, own]) await one.look(workloads);
    for (const one of [own, other]) expect(one.of(WORKLOAD)?.replicas).toBe(12);
    expect(said()).not.toContain('override cleared elsewhere');
    expect(said().filter((text) => text === 'override lost by the store, put back')).toHaveLength(
      3,
    );
  });

  it('stay cleared when the store has lost that and a replica has not heard of it', async () => {
    const { own, other, store, workloads, order } = rig();
    await own.set(WORKLOAD, order('replicas', 12, 600));
    await other.look(workloads);
    await own.clear(WORKLOAD, '', DAY_SECONDS);
    await store.close();
    await other.look(workloads);
    expect(other.of(WORKLOAD)?.replicas).toBe(12);
    for (const one of [own, other]) await one.look(workloads);
    for (const one of [own, other]) expect(one.of(WORKLOAD)).toBeNull();
    await store.close();
    for (const one of [own, other]) await one.look(workloads);
    expect(await store.note(WORKLOAD, 'override')).toContain('"cleared"');
  });

  it('count in the order in which they are given, whatever the clocks say', async () => {
    const { own, other, workloads, order, clock } = rig();
    await own.set(WORKLOAD, order('replicas', 12, 7_200));
    clock.setWall(clock.nowMs() - 3_600_000);
    await other.set(WORKLOAD, order('replicas', 5, 7_200));
    await own.look(workloads);
    expect(own.of(WORKLOAD)?.replicas).toBe(5);
    await other.clear(WORKLOAD, '', DAY_SECONDS);
    await own.look(workloads);
    expect(own.of(WORKLOAD)).toBeNull();
  });

  it.each(['before', 'after'] as const)(
    'that were refused take no effect: the store failed %s the write',
    async (failing) => {
      const { own, other, store, workloads, order, said } = rig();
      for (const [kept, refuse] of [
        [null, () => own.set(WORKLOAD, order('replicas', 7, 600))],
        [12, () => own.set(WORKLOAD, order('replicas', 7, 600))],
        [12, () => own.clear(WORKLOAD, '', DAY_SECONDS)],
      ] as const) {
        if (kept) await own.set(WORKLOAD, order('replicas', kept, 600));
        store.failing = failing;
        await expect(refuse()).rejects.toThrow('no connection');
        store.failing = null;
        for (const one of [other, own, other]) await one.look(workloads);
        for (const one of [own, other]) expect(one.of(WORKLOAD)?.replicas ?? null).toBe(kept);
      }
      const undone = said().filter((text) => text === 'override that was refused is undone');
      expect(undone).toHaveLength(failing === 'after' ? 3 : 0);
    },
  );

  it('are not undone by a look that began before them', async () => {
    const { own, store, workloads, order } = rig();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const note = store.note.bind(store);
    store.note = async (workload, name) => {
      const text = await note(workload, name);
      await held;
      return text;
    };
    const looking = own.look(workloads);
    store.note = note;
    await own.set(WORKLOAD, order('replicas', 12, 60));
    release();
    await looking;
    expect(own.of(WORKLOAD)?.replicas).toBe(12);
  });
});
