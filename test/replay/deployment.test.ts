import { describe, expect, it } from 'vitest';
import { Deployment } from '../../src/replay/deployment.ts';
import { Nodes } from '../../src/replay/nodes.ts';
import { delaysNs } from '../../src/replay/start-delay.ts';

const SECOND = 1e9;

/** [pods, ready pods] at some seconds. */
function counts(deployment: Deployment, ...atSeconds: number[]): [number, number][] {
  return atSeconds.map((second) => {
    deployment.advance(second * SECOND);
    return [deployment.pods, deployment.readyPods];
  });
}

function startOf(createSeconds: number, readySeconds: number, nodes: Nodes | null = null) {
  const readyNs = () => readySeconds * SECOND;
  return { createNs: createSeconds * SECOND, readyNs, nodes };
}

describe('the pods of a deployment', () => {
  it('exist after the creation delay and serve after the start delay', () => {
    const deployment = new Deployment(2, startOf(10, 60));
    deployment.setSpec(5, 0);
    expect(counts(deployment, 9, 10, 69, 70)).toEqual([
      [2, 2],
      [5, 2],
      [5, 2],
      [5, 5],
    ]);
  });

  it('stop at once, those that are not Ready first', () => {
    const deployment = new Deployment(2, startOf(0, 60));
    deployment.setSpec(5, 0);
    deployment.setSpec(3, 30 * SECOND);
    expect(counts(deployment, 30, 60)).toEqual([
      [3, 2],
      [3, 3],
    ]);
    deployment.setSpec(1, 70 * SECOND);
    expect(counts(deployment, 70)).toEqual([[1, 1]]);
  });

  it('come to what is wanted when the ReplicaSet looks, not to what was wanted before', () => {
    const deployment = new Deployment(2, startOf(10, 0));
    deployment.setSpec(9, 0);
    deployment.setSpec(3, 5 * SECOND);
    expect(counts(deployment, 10, 15)).toEqual([
      [3, 3],
      [3, 3],
    ]);
  });

  it('wait for a node where there is no room, and keep a node until it was idle for long', () => {
    const pool = { podsPerNode: 4, minNodes: 1, startNs: 100 * SECOND, idleNs: 600 * SECOND };
    const deployment = new Deployment(3, startOf(0, 10, new Nodes(pool)));
    deployment.setSpec(6, 0);
    expect(counts(deployment, 10, 109, 110)).toEqual([
      [6, 4],
      [6, 4],
      [6, 6],
    ]);
    deployment.setSpec(3, 200 * SECOND);
    deployment.setSpec(6, 700 * SECOND);
    expect(counts(deployment, 710)).toEqual([[6, 6]]);
    deployment.setSpec(3, 800 * SECOND);
    deployment.setSpec(6, 1_400 * SECOND);
    expect(counts(deployment, 1_410, 1_510)).toEqual([
      [6, 4],
      [6, 6],
    ]);
  });

  it('start after delays drawn from quantiles, the same for the same seed', () => {
    const draw = (seed: number) => {
      const next = delaysNs([20, 30, 90], seed);
      return Array.from({ length: 2_000 }, () => next() / SECOND);
    };
    const delays = draw(7);
    expect(delays).toEqual(draw(7));
    expect(delays).not.toEqual(draw(8));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...delays)).toBeLessThanOrEqual(90);
    const below = delays.filter((delay) => delay < 30).length;
    expect(below / delays.length).toBeCloseTo(0.5, 1);
  });
});
