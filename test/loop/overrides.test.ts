import { describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import type { Override } from '../../src/forecast/override.ts';
import { Overrides } from '../../src/loop/overrides.ts';
import { Workloads } from '../../src/loop/workloads.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import { facesOf, TestWorkload } from '../faces.ts';

const WORKLOAD = 'shop/my-api';

/** A memory store that several processes see. */
class SharedStore extends MemoryStore {
  override readonly isShared = true as never;
  isDown = false;

  override async note(workload: string, name: string): Promise<string | null> {
    this.#answer();
    return super.note(workload, name);
  }

  override async setNote(workload: string, name: string, text: string | null): Promise<void> {
    this.#answer();
    return super.setNote(workload, name, text);
  }

  #answer(): void {
    if (this.isDown) throw new KedastralError('store_unreachable', 'store', 'no connection');
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
    await other.clear(WORKLOAD, 'ffff0000');
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
    await expect(own.clear(WORKLOAD, '')).rejects.toThrow('no connection');
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
      await store.setNote(WORKLOAD, 'override', text);
      await own.look(workloads);
      expect(own.of(WORKLOAD)?.replicas).toBe(12);
      expect((await metrics.scrape()).body).toMatch(/reason="store_value"} 1/);
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
    await own.set(WORKLOAD, order('replicas', 12, 60));
    release();
    await looking;
    expect(own.of(WORKLOAD)?.replicas).toBe(12);
  });
});
