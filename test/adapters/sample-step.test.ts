import { expect, test } from 'vitest';
import { commonStepSeconds } from '../../src/adapters/sample-step.ts';

/** Times with these gaps between them, from 1000 s on. */
function stepOf(gapsSeconds: number[]): number | null {
  let seconds = 1000;
  const times = [seconds, ...gapsSeconds.map((gap) => (seconds += gap))];
  return commonStepSeconds(Float64Array.from(times));
}

test.each<[string, number[], number | null]>([
  ['one time', [], null],
  ['the same time twice', [0], null],
  ['equal gaps', [60, 60, 60], 60],
  ['holes', [60, 180, 60, 60, 600], 60],
  ['doubles', [60, 0, 60, 0, 60], 60],
  ['an unusual gap that holds a majority', [67, 67, 67, 60, 61], 67],
  ['minutes that jitter', [67, 58, 67, 55, 61, 63, 59, 62], 60],
  ['quarters that jitter', [14.2, 15.3, 15.9, 14.8], 15],
  ['days that jitter', [86_000, 86_900, 86_500], 86_400],
  ['jitter around nothing usual', [42, 44, 45, 44, 46], 44],
  ['two that are equally common', [7, 7, 19, 19], 7],
])('%s', (_, gapsSeconds, stepSeconds) => {
  expect(stepOf(gapsSeconds)).toBe(stepSeconds);
});
