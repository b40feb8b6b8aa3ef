import { isJudged } from '../backtest/gate.ts';
import type {
  BacktestResult,
  GateResult,
  ModelResult,
  OverallResult,
  SeriesResult,
} from '../backtest/result.ts';
import { formatDuration } from '../config/duration.ts';
import { HEADLINES, toneOf } from '../report/verdict.ts';
import { fixed, formatNumber, formatTable, formatTime } from './format.ts';
import { replayText, tuneText } from './replay-report.ts';

const SCORE_HEADINGS = [
  'model',
  'skill',
  'accuracy',
  'MASE',
  'pinball',
  'cover p50',
  'p90',
  'p99',
  'fit ms',
];

/** The result as tables for a terminal or a log. */
export function textReport(result: BacktestResult): string {
  const parts = result.series.map(seriesText);
  if (result.series.length > 1) parts.push(overallText(result.overall, result.series.length));
  parts.push(result.gates.map(gateText).join(''));
  if (result.isPartial) parts.push('PARTIAL: interrupted, this is what was reached.\n');
  return parts.filter((part) => part !== '').join('\n');
}

function seriesText(series: SeriesResult): string {
  const { name, stepSeconds, startSeconds, values, horizonSteps, windowSteps, cutoffs } = series;
  const end = startSeconds + (values.length - 1) * stepSeconds;
  const missing = values.reduce((sum, value) => (Number.isNaN(value) ? sum + 1 : sum), 0);
  const step = formatDuration(stepSeconds);
  const head =
    `${name}: ${values.length} steps of ${step} up to ${formatTime(end)}` +
    `${missing > 0 ? `, ${missing} missing` : ''}\n` +
    `${cutoffs.length} origins, horizon ${formatDuration(horizonSteps * stepSeconds)}, ` +
    `history ${formatDuration(windowSteps * stepSeconds)}\n\n`;
  const scores = formatTable([...SCORE_HEADINGS, 'MAE'], withMae(series.models));
  const verdict = `\n${HEADLINES[toneOf(series)]}\n`;
  const replay = series.replay ? `\n${replayText(series.replay)}${verdict}` : '';
  const tuned = series.tune ? `\n${tuneText(series.tune)}` : '';
  return head + scores + replay + tuned;
}

function withMae(models: readonly ModelResult[]): string[][] {
  return models.map((model) => [...scoreRow(model), formatNumber(model.mae)]);
}

function overallText(overall: readonly OverallResult[], series: number): string {
  const rows = overall.map((model) => [...scoreRow(model), String(model.series)]);
  return `Means over ${series} series\n\n${formatTable([...SCORE_HEADINGS, 'series'], rows)}`;
}

type ScoredModel = Pick<
  OverallResult,
  'model' | 'skill' | 'accuracy' | 'mase' | 'spl' | 'coverage' | 'fitMs'
>;

function scoreRow({ model, skill, accuracy, mase, spl, coverage, fitMs }: ScoredModel): string[] {
  const covered = (level: number) =>
    fixed(coverage.find((one) => one.level === level)?.observed ?? Number.NaN, 3);
  return [
    model,
    fixed(skill, 3),
    fixed(accuracy, 3),
    fixed(mase, 3),
    fixed(spl, 3),
    covered(0.5),
    covered(0.9),
    covered(0.99),
    fixed(fitMs, 2),
  ];
}

function gateText(result: GateResult): string {
  const { gate, series, measured, limit, isFailed } = result;
  const said = isFailed ? 'FAILED' : 'passed';
  const unknown = Number.isNaN(measured) ? 'what it measures' : 'what it compares with';
  const numbers = isJudged(result)
    ? `${formatNumber(measured)}, ${formatNumber(limit)}`
    : `cannot be judged: ${unknown} is not in this result`;
  return `gate ${said}: ${series}: ${gate} (${numbers})\n`;
}
