import { describe, expect, it } from 'vitest';
import { pictureOf } from './picture.ts';
import { leadsOf, type Moment } from './timeline.ts';

/** A run of a second each: load jumps at second 10, pods that serve at another one. */
function run(servedAt: number): Moment[] {
  return Array.from({ length: 30 }, (_, i) => ({
    ...{ atSeconds: 1_000 + i, forecast: Number.NaN, plan: 2, asked: 2, replicas: 2 },
    load: i < 10 ? 1.5 : 3.5,
    ready: i < servedAt ? 2 : 4,
  }));
}

describe('the lead of a run', () => {
  it('is how long pods were there before the load needed them', () => {
    expect(leadsOf(run(4), 5)).toEqual([6, 6]);
  });

  it('is below 0 for pods that came late, or never', () => {
    expect(leadsOf(run(17), 5)).toEqual([-7, -7]);
    expect(leadsOf(run(99), 5)).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it('is of no pod that was there from the start', () => {
    expect(leadsOf(run(0), 5)).toEqual([]);
  });
});

it('the picture of a run has a line for each field, broken where nothing is known', () => {
  const moments = run(4);
  const svg = pictureOf(moments, 50);
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  const drawn = [...svg.matchAll(/<path fill="none" [^>]* d="([^"]*)"/g)].map(([, d]) => d);
  expect(drawn).toHaveLength(6);
  expect(drawn.filter((d) => d === '')).toHaveLength(1);
  expect(svg).not.toContain('NaN');
});
