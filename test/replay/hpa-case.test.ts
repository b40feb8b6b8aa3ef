import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hpaCaseLines } from '../../src/replay/hpa-case.ts';
import { comparable, JUDGE_VARIABLE, judge } from './judge.ts';
import { randomCase } from './random-case.ts';

const noFile = (path: string): string => {
  throw new Error(`no file ${path}`);
};

/** spec.replicas after each sync of a case. */
function specs(of: object): number[] {
  return [...hpaCaseLines(JSON.stringify(of), noFile)].map((line) => JSON.parse(line).specAfter);
}

/** A metric that reads `values` in turn, each from a little before its sync on. */
function syncs(...values: (number | null)[]) {
  return values.map((value, i) => ({ t: i * 15 + 5, value }));
}

/** Each want is computed by hand from the rules of autoscaling/v2 and its controller. */
const HAND_COMPUTED: readonly (readonly [rule: string, hpaCase: object, want: number[]])[] = [
  [
    'tolerance: 21/20 and 22/20 lie within 10 %, 23/20 does not',
    { maxReplicas: 100, startReplicas: 20, series: syncs(21, 22, 23) },
    [20, 20, 23],
  ],
  [
    'tolerance holds downwards too: 18/20 stays, 17/20 goes without a window',
    {
      ...{ maxReplicas: 100, startReplicas: 20, downscaleStabilizationSeconds: 0 },
      series: syncs(18, 17),
    },
    [20, 17],
  ],
  [
    'a fraction is rounded up in thousandths: 2.0004 is 2, 2.001 is 3',
    { maxReplicas: 9, series: syncs(2.0004, 2.001), tolerance: 0 },
    [2, 3],
  ],
  [
    'no behaviour: at most double, or 4, a sync',
    { maxReplicas: 100, series: syncs(100), durationSeconds: 105 },
    [4, 8, 16, 32, 64, 100, 100],
  ],
  [
    'an empty behaviour is another: 4 pods or 100 % in 15 s, the larger',
    { maxReplicas: 100, behavior: {}, series: syncs(100), durationSeconds: 105 },
    [5, 10, 20, 40, 80, 100, 100],
  ],
  [
    '4 pods in 60 s: the event of 15 s is forgotten at 75 s',
    {
      ...{ maxReplicas: 100, series: syncs(100), durationSeconds: 90 },
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] } },
    },
    [5, 5, 5, 5, 9, 9],
  ],
  [
    'down 50 % in 60 s of the replicas when the period began, the fraction dropped',
    {
      ...{ maxReplicas: 100, startReplicas: 20, series: syncs(1), durationSeconds: 210 },
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
        },
      },
    },
    [10, 10, 10, 10, 5, 5, 5, 5, 2, 2, 2, 2, 1, 1],
  ],
  [
    'select Min takes the smaller change',
    {
      ...{ maxReplicas: 100, startReplicas: 10, series: syncs(100), durationSeconds: 30 },
      behavior: {
        scaleUp: {
          selectPolicy: 'Min',
          policies: [
            { type: 'Pods', value: 3, periodSeconds: 15 },
            { type: 'Percent', value: 50, periodSeconds: 15 },
          ],
        },
      },
    },
    [13, 16],
  ],
  [
    'Disabled stops a direction',
    {
      ...{ maxReplicas: 100, startReplicas: 5, series: syncs(2), durationSeconds: 30 },
      behavior: { scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' } },
    },
    [5, 5],
  ],
  [
    'bounds are mended at once, without a metric, a rate or a window',
    {
      ...{ minReplicas: 7, maxReplicas: 9, series: syncs(null), durationSeconds: 30 },
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
    },
    [7, 7],
  ],
  [
    'no value: nothing moves',
    {
      ...{ maxReplicas: 9, startReplicas: 4, downscaleStabilizationSeconds: 0 },
      series: syncs(null, null, 1),
    },
    [4, 4, 1],
  ],
  [
    'at 0 replicas the HPA is off until someone else writes',
    {
      ...{ maxReplicas: 9, startReplicas: 0, outside: [{ t: 20, replicas: 1 }] },
      ...{ series: [{ t: 0, value: 5 }], durationSeconds: 45 },
    },
    [0, 4, 5],
  ],
  [
    'two metrics: the larger; one unreadable: up still goes, down does not',
    {
      ...{ maxReplicas: 20, startReplicas: 4, downscaleStabilizationSeconds: 0 },
      metrics: [{ series: syncs(6, null, null) }, { series: syncs(3, 8, 2) }],
      durationSeconds: 45,
    },
    [6, 8, 8],
  ],
  [
    'the ratio is of status.replicas: with pods 20 s late the first order is repeated',
    {
      ...{ maxReplicas: 50, startReplicas: 4, podCreateSeconds: 20 },
      ...{ series: [{ t: 0, value: 8 }], durationSeconds: 60 },
    },
    [8, 8, 8, 8],
  ],
  [
    'Value multiplies the Ready pods: 4 × 8/4 = 8, again 8 while the new ones start, then 16',
    {
      ...{ type: 'Value', target: '4', maxReplicas: 50, startReplicas: 4, podReadySeconds: 20 },
      ...{ series: [{ t: 0, value: 8 }], durationSeconds: 45 },
    },
    [8, 8, 16],
  ],
  [
    'a negative AverageValue is taken for an overflow: up as far as it may',
    { maxReplicas: 50, startReplicas: 4, series: syncs(-1), durationSeconds: 60 },
    [8, 16, 32, 50],
  ],
  [
    'a window for scaling up starts with what the first sync finds',
    {
      ...{ maxReplicas: 100, startReplicas: 2, series: syncs(10), durationSeconds: 75 },
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 60,
          policies: [{ type: 'Pods', value: 100, periodSeconds: 15 }],
        },
      },
    },
    [2, 2, 2, 2, 10],
  ],
  [
    'the tolerance of a direction counts instead of the flag',
    {
      ...{ maxReplicas: 100, startReplicas: 20, series: syncs(21), durationSeconds: 15 },
      behavior: { scaleUp: { tolerance: '0' } },
    },
    [21],
  ],
];

describe('a case of the HPA', () => {
  it.each(HAND_COMPUTED)('%s', (_, hpaCase, want) => {
    expect(specs(hpaCase)).toEqual(want);
  });

  it('follows the maximum of the window down, value by value', () => {
    const lines = specs({
      ...{ maxReplicas: 100, startReplicas: 30, durationSeconds: 105 },
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      series: syncs(30, 20, 10),
    });
    expect(lines).toEqual([30, 30, 30, 30, 20, 10, 10]);
  });

  it('prints what hpajudge prints', () => {
    const hpaCase = { maxReplicas: 20, startReplicas: 4, series: syncs(6.5, null) };
    expect([...hpaCaseLines(JSON.stringify(hpaCase), noFile)][0]).toBe(
      '{"t":15,"values":{"s0-desired_replicas":6.5},"specBefore":4,"statusReplicas":4,' +
        '"readyReplicas":4,"specAfter":7,"ableToScale":"SucceededRescale",' +
        '"scalingActive":"ValidMetricFound","scalingLimited":"DesiredWithinRange",' +
        '"rescaled":"New size: 7; reason: external metric s0-desired_replicas(nil) above target"}',
    );
  });

  it('reads a series from a CSV beside it, an empty value being a failed query', () => {
    const files: Record<string, string> = { 'm.csv': 't,value\n0,4\n20,\n35,8\n' };
    const text = JSON.stringify({ maxReplicas: 9, csv: 'm.csv' });
    const lines = [...hpaCaseLines(text, (path) => files[path] ?? noFile(path))];
    expect(lines.map((line) => Object.values(JSON.parse(line).values)[0])).toEqual([4, null, 8]);
  });
});

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['{"maxReplicas":0,"series":[{"value":1}]}', /maxReplicas: 0/],
  ['{"maxReplicas":5,"minReplicas":6,"series":[{"value":1}]}', /maxReplicas: 5 is below min/],
  ['{"maxReplicas":5,"minReplicas":0,"series":[{"value":1}]}', /minReplicas: 0/],
  ['{"maxReplicas":5,"target":"0","series":[{"value":1}]}', /target: .*0.* is not a quantity > 0/],
  ['{"maxReplicas":5,"type":"Utilization","series":[{"value":1}]}', /type: .*Utilization/],
  ['{"maxReplicas":5}', /series: .* has no point/],
  ['{"maxReplicas":5,"series":[{"t":9,"value":1},{"t":3}]}', /series\[1\]: 3 is before/],
  ['{"maxReplicas":5,"series":[{"value":1}],"replicas":3}', /replicas: 3 is unknown/],
  ['{"maxReplicas":5,"series":[{"value":1,"v":3}]}', /series\[0\]\.v: 3 is unknown/],
  ['{"maxReplicas":5,"csv":"gone.csv"}', /csv: .*gone\.csv.* cannot be read/],
  ['{"maxReplicas":5', /is not JSON/],
  [
    '{"maxReplicas":5,"series":[{}],"behavior":{"scaleDown":{"stabilizationWindowSeconds":3601}}}',
    /behavior\.scaleDown\.stabilizationWindowSeconds: 3601 is over 3600/,
  ],
  [
    '{"maxReplicas":5,"series":[{}],"behavior":{"scaleUp":{"policies":[]}}}',
    /behavior\.scaleUp\.policies: .* has no policy/,
  ],
];

describe('a case that hpajudge refuses', () => {
  it.each(REFUSED)('%s', (text, message) => {
    expect(() => [...hpaCaseLines(text, noFile)]).toThrow(message);
  });
});

interface Pinned {
  readonly seed: number;
  readonly case: object;
  readonly syncs: string[];
}

function pinned(): Pinned[] {
  const file = new URL('./hpajudge.ndjson.gz', import.meta.url);
  const [, ...rows] = gunzipSync(readFileSync(file)).toString().split('\n');
  return rows.map((row) => JSON.parse(row));
}

describe("the real controller's answers", () => {
  it('are ours, sync by sync, in 300 random cases', () => {
    const cases = pinned();
    expect(cases.length).toBeGreaterThanOrEqual(300);
    for (const { seed, case: hpaCase, syncs: want } of cases) {
      expect(hpaCase).toEqual(JSON.parse(JSON.stringify(randomCase(seed))));
      const ours = [...hpaCaseLines(JSON.stringify(hpaCase), noFile)];
      expect(comparable(ours), `seed ${seed}`).toEqual(comparable(want));
    }
  });

  it('are of cases that have all that is hard', () => {
    const text = pinned().map(({ case: hpaCase, syncs: lines }) => [
      JSON.stringify(hpaCase),
      ...lines,
    ]);
    const holding = (part: string) => text.filter((lines) => lines.some((l) => l.includes(part)));
    const hard = [
      ...['"metrics"', '"outside"', '"podCreateSeconds"', '"podReadySeconds"', '"Value"'],
      ...['"selectPolicy":"Min"', '"Disabled"', '"tolerance"', '"HPAScaleToZero"', ':null'],
      ...['ScaleUpStabilized', 'ScaleDownStabilized', 'ScaleUpLimit', 'ScaleDownLimit'],
      ...['TooManyReplicas', 'TooFewReplicas', 'FailedGetExternalMetric', 'ScalingDisabled'],
    ];
    for (const part of hard) expect(holding(part).length, part).toBeGreaterThanOrEqual(15);
  });

  const binary = process.env[JUDGE_VARIABLE];
  if (!binary) console.warn(`skipped: fresh cases against the judge: ${JUDGE_VARIABLE} is not set`);
  it.runIf(binary)('are ours in fresh cases', { timeout: 120_000 }, () => {
    const first = 1_000 + (process.pid % 1_000) * 1_000;
    for (let seed = first; seed < first + 60; seed++) {
      const text = JSON.stringify(randomCase(seed));
      const want = comparable(judge(binary as string, text));
      expect(comparable([...hpaCaseLines(text, noFile)]), `seed ${seed}`).toEqual(want);
    }
  });
});
