import { describe, expect, it } from 'vitest';
import { RemoteWorkload } from '../../src/loop/remote-workload.ts';
import { CUTOFF_SECONDS as CUTOFF, STEP_SECONDS as STEP } from '../faces.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { SERVING as SOONER } from './serving.ts';

const SERVING = { ...SOONER, leadTimeSeconds: 120 };

function workloadAt(seconds: number) {
  const clock = new VirtualClock(seconds * 1000);
  return { clock, workload: new RemoteWorkload('my-api', SERVING, clock) };
}

/** Made `after` seconds after the cutoff `steps` behind the first. */
function made(after: number, steps = 0, replicas: readonly number[] = [1, 2, 3]) {
  const cutoffSeconds = CUTOFF + steps * STEP;
  const generatedAtSeconds = CUTOFF + after;
  return snapshotOf({ cutoffSeconds, generatedAtSeconds, stepSeconds: STEP, replicas });
}

describe('a workload that is forecast elsewhere', () => {
  it('changes 5 s after the tick, as the forecaster does', async () => {
    const { clock, workload } = workloadAt(CUTOFF + 11);
    workload.take(made(10));
    expect(workload.active).toBeNull();
    await clock.advance(4_000);
    expect(workload.active?.generatedAtSeconds).toBe(CUTOFF + 10);
    await clock.advance(26_000);
    workload.take(made(40));
    expect(workload.active?.generatedAtSeconds).toBe(CUTOFF + 10);
    expect(workload.newest?.generatedAtSeconds).toBe(CUTOFF + 40);
    await clock.advance(3_999);
    expect(workload.active?.generatedAtSeconds).toBe(CUTOFF + 10);
    await clock.advance(1);
    expect(workload.active?.generatedAtSeconds).toBe(CUTOFF + 40);
  });

  it.each([
    ['an older cutoff, though made later', made(100, -1), made(90), CUTOFF + 90],
    ['one made earlier of the same cutoff', made(60), made(90), CUTOFF + 90],
    ['a newer cutoff counts, though made earlier', made(80, 1), made(90), CUTOFF + 80],
  ])('takes the newest by cutoff and then by its making: %s', async (_, later, first, wanted) => {
    const { clock, workload } = workloadAt(CUTOFF + 90);
    workload.take(first);
    workload.take(later);
    await clock.advance(20_000);
    expect(workload.active?.generatedAtSeconds).toBe(wanted);
  });

  it('keeps to the newest where the clock of the forecaster is a little ahead', async () => {
    const { clock, workload } = workloadAt(CUTOFF + 90);
    workload.take(made(100));
    workload.take(made(70));
    await clock.advance(15_000);
    expect(workload.active?.generatedAtSeconds).toBe(CUTOFF + 100);
  });

  it('lets go of a far future that its own clock, set back, leaves behind', async () => {
    const { clock, workload } = workloadAt(CUTOFF + 3_600);
    const later = snapshotOf({
      cutoffSeconds: CUTOFF + 3_600,
      generatedAtSeconds: CUTOFF + 3_600,
      stepSeconds: STEP,
      replicas: [9],
    });
    workload.take(later);
    clock.setWall((CUTOFF + 90) * 1000);
    workload.take(made(90));
    expect(workload.active?.generatedAtSeconds).toBe(CUTOFF + 90);
  });

  it.each([
    ['made in the future', made(151)],
    ['of a cutoff after its making', made(59, 1)],
    ['of the past, as if made now', made(90, -4)],
    ['of more replicas than any option allows', made(90, 0, [1, 1_000_001, 1])],
    ['of a horizon without end', made(90, 0, new Array(2_881).fill(1))],
  ])('refuses a forecast %s', (_, snapshot) => {
    const { workload } = workloadAt(CUTOFF + 90);
    const refusal = expect.objectContaining({ code: 'forecaster_response' });
    expect(() => workload.take(snapshot)).toThrow(refusal);
    expect(workload.active).toBeNull();
  });
});
