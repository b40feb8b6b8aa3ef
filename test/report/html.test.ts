import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BacktestResult, SeriesResult } from '../../src/backtest/result.ts';
import { htmlReport } from '../../src/report/html.ts';
import { toneOf } from '../../src/report/verdict.ts';
import { sampleResult, sampleSeries, tuned } from './sample.ts';

const MEBIBYTE = 1024 * 1024;
const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u202e`;

/** The text that a reader sees, without style sheet and script. */
function wordsOf(page: string): string {
  return page
    .replace(/<(style|script)\b.*?<\/\1>/gs, '')
    .replaceAll('<wbr>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** A series whose ours and rival leave these shares unserved at this relation of their costs. */
function judged(ours: number, rival: number, costRatio = 1): SeriesResult {
  const series = sampleSeries({ days: 2 });
  const replay = series.replay as NonNullable<SeriesResult['replay']>;
  const comparison = replay.comparison as NonNullable<typeof replay.comparison>;
  const hours = comparison.rival.podHours;
  const cost = { isSameCost: Math.abs(costRatio - 1) <= 0.02 };
  return {
    ...series,
    replay: {
      ...replay,
      comparison: {
        ...comparison,
        ...cost,
        ours: { ...comparison.ours, unservedShare: ours, podHours: hours * costRatio },
        rival: { ...comparison.rival, unservedShare: rival },
        unservedRemoved: rival === 0 ? 0 : 1 - ours / rival,
      },
    },
  };
}

describe('the verdict', () => {
  it.each([
    ['helps', judged(0.003, 0.009)],
    ['same', judged(0.0088, 0.009)],
    ['same', judged(0, 0)],
    ['same', judged(0.00001, 0.00003)],
    ['hurts', judged(0.009, 0.003)],
    ['unequal', judged(0.003, 0.009, 1.1)],
    ['unequal', judged(0.009, 0.003, 0.9)],
    ['helps', judged(0.003, 0.009, 0.9)],
    ['helps', judged(0.009, 0.009, 0.9)],
    ['hurts', judged(0.009, 0.009, 1.1)],
    ['none', sampleSeries({ days: 2, hasReplay: false })],
    ['helps', tuned(judged(0.003, 0.009), true)],
    ['unproved', tuned(judged(0.003, 0.009), false)],
    ['tuned', tuned(judged(0.009, 0.003), true)],
    ['tuned', tuned(judged(0.0088, 0.009), true)],
    ['hurts', tuned(judged(0.009, 0.003), false)],
  ] as const)('%s', (tone, series) => {
    expect(toneOf(series)).toBe(tone);
  });

  it('says plainly what both would have left unserved', () => {
    const words = wordsOf(htmlReport(sampleResult([judged(0.003, 0.009)])));
    expect(words).toContain('would have left 0.30 % of the demand unserved');
    expect(words).toContain('a reactive HPA of the same cost 0.90 %');
    expect(words).toContain('That is 67 % less');
  });

  it('says so when prediction does not help', () => {
    expect(wordsOf(htmlReport(sampleResult([judged(0.009, 0.003)])))).toContain(
      'Prediction does not help here: stay reactive.',
    );
  });

  it('never tells to stay reactive beside options that help', () => {
    const series = tuned(judged(0.009, 0.003), true);
    const words = wordsOf(htmlReport(sampleResult([series])));
    expect(words).toContain('Not with these settings; with the tuned options prediction helps');
    expect(words).not.toContain('stay reactive');
    const several = wordsOf(htmlReport(sampleResult([series, judged(0.003, 0.009)])));
    expect(several).toContain('helps on 1 of 2 series, and on 1 with tuned options.');
    expect(several).not.toContain('stay reactive');
    const none = wordsOf(htmlReport(sampleResult([series, series])));
    expect(none).toContain('helps on 0 of 2 series, but on 2 with tuned options.');
    expect(none).toContain('leaves 3 times as much demand unserved as a reactive HPA');
  });

  it.each([
    [0.9, 'no reactive HPA costs as little'],
    [1.1, 'no reactive HPA costs as much'],
  ])('claims no equal cost at a ratio of %d', (ratio, said) => {
    const words = wordsOf(htmlReport(sampleResult([judged(0.003, 0.009, ratio)])));
    expect(words).toContain(`of the demand unserved; ${said}, the nearest one 0.90 %`);
    expect(words).toContain(`reactive, its headroom at its bound: ${said}`);
    expect(words).not.toContain('a reactive HPA of the same cost');
    expect(words).not.toContain('67 % less');
    const series = [judged(0.003, 0.009, ratio), judged(0.003, 0.009, ratio)];
    const several = wordsOf(htmlReport(sampleResult(series)));
    expect(several).toContain('On 2 there is no reactive HPA of the same cost.');
    expect(several).not.toContain('At the same cost');
  });

  it('shows digits enough for what it makes of them', () => {
    const words = wordsOf(htmlReport(sampleResult([judged(0.00003, 0.000054)])));
    expect(words).toContain('0.0030 % of the demand unserved');
    expect(words).toContain('same cost 0.0054 %');
    expect(words).toContain('44 % less');
    const tiny = wordsOf(htmlReport(sampleResult([judged(3e-8, 5.4e-8)])));
    expect(tiny).toContain('under 0.0001 %');
    expect(tiny).not.toContain('44 % less');
  });

  it.each([
    [0.002, 0.004, 'That is 50 % less, for '],
    [0.006, 0.004, 'That is 50 % more, for '],
    [0.02, 0.001, 'That is 20 times as much, for '],
    [0.02, 0.02, 'That takes '],
    [0.02, 0, 'That takes '],
  ])('words %d unserved beside %d', (ours, rival, said) => {
    expect(wordsOf(htmlReport(sampleResult([judged(ours, rival)])))).toContain(said);
  });

  it('counts over several series', () => {
    const words = wordsOf(htmlReport(sampleResult([judged(0.003, 0.009), judged(0.009, 0.003)])));
    expect(words).toContain('Prediction helps on 1 of 2 series.');
    expect(words).toContain('on 1 it does worse: stay reactive there');
  });
});

/** A series in which all policies have this lead, and the rival the times of ours if asked. */
function replayed(peakLeadSeconds: number, isAlike: boolean): SeriesResult {
  const series = sampleSeries({ days: 14 });
  const replay = series.replay as NonNullable<SeriesResult['replay']>;
  const ours = replay.policies[0]?.outcome.timeline ?? null;
  const policies = replay.policies.map((policy) => {
    const { outcome } = policy;
    const timeline = isAlike ? ours : outcome.timeline;
    return { ...policy, outcome: { ...outcome, peakLeadSeconds, timeline } };
  });
  return { ...series, replay: { ...replay, policies } };
}

describe('the replay', () => {
  it.each([
    [-3_600, 'never'],
    [3_600, '≥ 60 min'],
    [-180, '3 min late'],
  ])('shows a lead of %d s as %s', (seconds, said) => {
    const words = wordsOf(htmlReport(sampleResult([replayed(seconds, false)])));
    expect(words).toContain(` ${said} 1.10 `);
  });

  it('looks closer once where both were short most at the same time', () => {
    const alike = wordsOf(htmlReport(sampleResult([replayed(0, true)])));
    expect(alike.match(/A closer look/g)).toHaveLength(1);
    expect(alike).toMatch(/in which kedastral auto and reactive, same cost were short most/);
    const other = wordsOf(htmlReport(sampleResult([replayed(0, false)])));
    expect(other.match(/A closer look/g)).toHaveLength(2);
  });

  it('has what decides first', () => {
    const words = wordsOf(htmlReport(sampleResult()));
    expect(words).toContain('policy demand unserved pod-hours cost against the rival');
  });

  it('says what a replay cannot know', () => {
    const words = wordsOf(htmlReport(sampleResult()));
    expect(words).toContain('Demand runs straight from one sample to the next');
    expect(words).toContain('What rose and fell within 5 min is in neither.');
    expect(words).toContain('headroom is set on the very time that is replayed');
  });
});

describe('htmlReport', () => {
  it('gives the same bytes for the same result', () => {
    const result = sampleResult([tuned(sampleSeries({ days: 4 }), true)]);
    expect(htmlReport(result)).toBe(htmlReport(structuredClone(result)));
  });

  it('escapes all that comes from outside', () => {
    const series = tuned(sampleSeries({ days: 2, name: HOSTILE, models: [HOSTILE, 'b'] }), true);
    const page = htmlReport(
      sampleResult([series, { ...series, name: `${HOSTILE} 2` }], {
        version: HOSTILE,
        warnings: [HOSTILE],
        options: [{ name: HOSTILE, value: HOSTILE }],
        gates: [{ gate: HOSTILE, series: HOSTILE, measured: 1, limit: 2, isFailed: true }],
      }),
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<img/g)).toBeNull();
    expect(page.includes(HOSTILE)).toBe(false);
    expect(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;')).toBe(true);
  });

  it('loads nothing and lets its own script run alone', () => {
    const page = htmlReport(sampleResult());
    expect(page.match(/\b(src|srcset|action|poster)=|url\(|@import|https?:/g)).toBeNull();
    expect(page.match(/href="[^#]/g)).toBeNull();
    const script = /<script>(.*)<\/script>/s.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(page.includes(`script-src &#39;sha256-${hash}&#39;`)).toBe(true);
  });

  it('never shows a number that is none', () => {
    const empty = { ...sampleSeries({ days: 2, hasReplay: false }), models: [], cutoffs: [] };
    const flat = sampleSeries({ days: 2 });
    const bare = flat.models.map((model) => ({
      ...model,
      skill: Number.NaN,
      accuracy: Number.NEGATIVE_INFINITY,
      mase: Number.NaN,
      coverage: [],
      byHorizon: [],
      byHour: [],
      fans: [],
      track: null,
      trackUpper: null,
    }));
    const dead = { ...flat, values: flat.values.map(() => Number.NaN), models: bare };
    const zero = { ...flat, values: flat.values.map(() => 0) };
    for (const series of [empty, dead, zero, sampleSeries({ days: 2, models: ['auto'] })]) {
      for (const page of [htmlReport(sampleResult([series])), htmlReport(many(series))]) {
        expect(page.replace(/<script>.*<\/script>/s, '')).not.toMatch(
          /NaN|undefined|Infinity|null/,
        );
      }
    }
    expect(htmlReport(sampleResult([]))).toContain('Nothing was tested.');
  });

  it('stays small: twelve series of 10⁵ steps', { timeout: 30_000 }, () => {
    const long = sampleSeries({ days: 70, stepSeconds: 60 });
    const result = sampleResult(Array.from({ length: 12 }, (_, k) => ({ ...long, name: `s${k}` })));
    expect(long.values.length).toBeGreaterThan(100_000);
    expect(Buffer.byteLength(htmlReport(result))).toBeLessThan(3 * MEBIBYTE);
  });

  it('says when results are partial, and what to beware of', () => {
    const warnings = ['Only 4 origins.'];
    const words = wordsOf(htmlReport(sampleResult(undefined, { isPartial: true, warnings })));
    expect(words).toContain('Partial results.');
    expect(words).toContain('Only 4 origins.');
    expect(wordsOf(htmlReport(sampleResult()))).not.toContain('Partial results.');
  });
});

function many(series: SeriesResult): BacktestResult {
  return sampleResult([series, { ...series, name: 'other' }]);
}
