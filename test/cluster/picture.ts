import { scaleLinear } from 'd3-scale';
import { curveLinear, curveStepAfter, line } from 'd3-shape';
import type { Moment } from './timeline.ts';

const WIDTH = 1_100;
const HEIGHT = 520;
const EDGE = { top: 70, right: 24, bottom: 52, left: 56 };

interface Look {
  readonly field: Exclude<keyof Moment, 'atSeconds'>;
  readonly words: string;
  readonly color: string;
  readonly width: number;
  readonly dashes?: string;
  readonly isStep: boolean;
}

/** The lines of the picture, lowest first. */
function looks(leadSeconds: number): Look[] {
  return [
    { field: 'ready', words: 'replicas that serve', color: '#9ecae9', width: 6, isStep: true },
    { field: 'replicas', words: 'replicas asked for', color: '#4c78a8', width: 2, isStep: true },
    {
      ...{ field: 'asked', words: 'what KEDA says', color: '#e45756', width: 1.5, isStep: true },
      dashes: '2 3',
    },
    { field: 'plan', words: 'plan of now', color: '#54a24b', width: 1.5, isStep: true },
    {
      ...{ field: 'forecast', words: `forecast ${leadSeconds} s ago`, color: '#f58518' },
      ...{ width: 2, isStep: false },
    },
    { field: 'load', words: 'load', color: '#222222', width: 2, isStep: false },
  ];
}

/** A run as SVG: load and forecast as the replicas that they need, beside those that there were. */
export function pictureOf(moments: readonly Moment[], leadSeconds: number): string {
  const startSeconds = moments[0]?.atSeconds ?? 0;
  const lines = looks(leadSeconds);
  const most = Math.max(
    ...lines.flatMap(({ field }) => moments.map((each) => each[field]).filter(Number.isFinite)),
  );
  const across = scaleLinear()
    .domain([0, (moments.at(-1)?.atSeconds ?? 1) - startSeconds])
    .range([EDGE.left, WIDTH - EDGE.right]);
  const up = scaleLinear()
    .domain([0, most])
    .nice()
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  const draw = ({ field, color, width, dashes = 'none', isStep }: Look): string => {
    const path = line<Moment>()
      .defined((each) => Number.isFinite(each[field]))
      .x((each) => across(each.atSeconds - startSeconds))
      .y((each) => up(each[field]))
      .curve(isStep ? curveStepAfter : curveLinear)
      .digits(1);
    const style = `stroke="${color}" stroke-width="${width}" stroke-dasharray="${dashes}"`;
    return `<path fill="none" ${style} d="${path(moments) ?? ''}"/>`;
  };
  const levels = up.ticks(8).map((level) => {
    const y = up(level).toFixed(1);
    return (
      `<path stroke="#dddddd" d="M${EDGE.left},${y}H${WIDTH - EDGE.right}"/>` +
      `<text x="${EDGE.left - 8}" y="${y}" dy="4" text-anchor="end">${level}</text>`
    );
  });
  const bottom = HEIGHT - EDGE.bottom;
  const times = across.ticks(10).map((seconds) => {
    const x = across(seconds).toFixed(1);
    return `<text x="${x}" y="${bottom + 20}" text-anchor="middle">${seconds}</text>`;
  });
  const key = lines.toReversed().map(({ words, color, width, dashes = 'none' }, i) => {
    const x = EDGE.left + i * 168;
    return (
      `<path stroke="${color}" stroke-width="${width}" stroke-dasharray="${dashes}" ` +
      `d="M${x},48h22"/>` +
      `<text x="${x + 28}" y="52">${words}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`,
    '  aria-label="Load, forecast, plan and replicas over time"',
    '  font-family="sans-serif" font-size="12">',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${EDGE.left}" y="26" font-size="16">Replicas, and the load that they are for</text>`,
    ...key,
    ...levels,
    ...times,
    `<text x="${WIDTH - EDGE.right}" y="${HEIGHT - 12}" text-anchor="end">seconds</text>`,
    ...lines.map(draw),
    '</svg>\n',
  ].join('\n');
}
