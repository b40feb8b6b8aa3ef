import { area, curveLinear, curveStepAfter, line } from 'd3-shape';
import type { Axes, Axis, Mark } from './axis.ts';
import { labels, sideOf } from './labels.ts';
import { html, type Markup, trusted } from './markup.ts';
import { shortPath } from './short-path.ts';
import { grounded, type Points, thin } from './thin.ts';

/** Units of a plot's view box; it is stretched to the room that the page has for it. */
const WIDTH = 2000;
const HEIGHT = 1000;
/** The least room of the page for a plot: across, beside another one, and on a phone. */
const WHOLE_PX = 540;
const HALF_PX = 360;
const NARROW_PX = 250;

/** How a line looks and what the read-out calls it. */
export interface LineStyle {
  /** Classes of the style sheet. */
  readonly look: string;
  /** Null: the read-out leaves it out. */
  readonly name: string | null;
  readonly isStep?: boolean;
  /** Goes down to 0 where it begins and ends, so that what is below it can be filled. */
  readonly isGrounded?: boolean;
  readonly columns?: number;
}

/** A line through points; where y is NaN it is broken, a lone point is a dot. */
export function linePath(axes: Axes, all: Points, style: LineStyle): Markup {
  const thinned = thin(all, axes.x.low, axes.x.high, style.columns ?? WIDTH);
  const shown = style.isGrounded ? grounded(thinned) : thinned;
  const draw = line<number>()
    .defined((i) => Number.isFinite(shown.y(i)))
    .x((i) => acrossOf(axes, shown.x(i)))
    .y((i) => downOf(axes, shown.y(i)))
    .curve(style.isStep ? curveStepAfter : curveLinear)
    .digits(0);
  const drawn = draw(indexes(shown.length));
  return path(`line ${style.look}`, style.name, drawn, style.isStep);
}

/** The room between two lines with the same x. */
export function bandPath(axes: Axes, lower: Points, upper: Points, look: string): Markup {
  const draw = area<number>()
    .defined((i) => Number.isFinite(lower.y(i)) && Number.isFinite(upper.y(i)))
    .x((i) => acrossOf(axes, upper.x(i)))
    .y0((i) => downOf(axes, lower.y(i)))
    .y1((i) => downOf(axes, upper.y(i)))
    .digits(0);
  return path(look, null, draw(indexes(upper.length)));
}

/** A rectangle in the units of the axes. */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

/** Rectangles as one path. */
export function boxesPath(axes: Axes, boxes: readonly Box[], look: string): Markup {
  const parts = boxes.map(({ x0, x1, y0, y1 }) => {
    const [left, right] = [round(acrossOf(axes, x0)), round(acrossOf(axes, x1))];
    const [bottom, top] = [round(downOf(axes, y0)), round(downOf(axes, y1))];
    return `M${left},${bottom}V${top}H${right}V${bottom}Z`;
  });
  return path(look, null, parts.join(''));
}

/** A picture: its words, its axes and what is drawn between them, lowest layer first. */
export interface Plot {
  /** Name and description for those who cannot see it. */
  readonly title: string;
  readonly description: string;
  readonly axes: Axes;
  readonly layers: readonly Markup[];
  readonly heightPx: number;
  /** Lanes above another one with the same x axis show none of their own. */
  readonly hidesTimes?: boolean;
  /** Stands beside another one where the screen is wide. */
  readonly isHalf?: boolean;
  /** A vertical rule, such as the moment of a forecast. */
  readonly rule?: { readonly at: number; readonly text: string };
}

/** The plot as a stretched drawing; its labels are text of the page, which keeps its size. */
export function plot(picture: Plot): Markup {
  const { axes, rule } = picture;
  const { x, y } = axes;
  const wide = labels(x, picture.isHalf ? HALF_PX : WHOLE_PX);
  const ruleAt = rule ? x.place(rule.at) : 0;
  const ruleText =
    rule && html`<span class="rule-text" style="left:${share(ruleAt)}">${rule.text}</span>`;
  return html`<div class="frame">
<div class="ys" aria-hidden="true">${y.marks.map(yLabel)}</div>
<div class="plot" style="height:${picture.heightPx}px"
 data-x="${x.low} ${x.high} ${x.reading} ${x.unit}"
 data-y="${y.low} ${y.high} ${y.reading} ${y.unit}">
<svg role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
<title>${picture.title}</title><desc>${picture.description}</desc>
${path('grid-lines', null, gridOf(y, wide))}${picture.layers}${
  rule ? path('rule', null, `M${round(ruleAt * WIDTH)},0V${HEIGHT}`) : null
}</svg>${ruleText ?? null}</div>
${
  picture.hidesTimes ? null : html`<div class="xs" aria-hidden="true">${xLabels(x, wide)}</div>`
}</div>`;
}

/** A word of a legend, and the classes of the strokes that lie above each other beside it. */
export interface LegendEntry {
  readonly look: string | readonly string[];
  readonly text: string | Markup;
}

/** The strokes of a picture, in words. */
export function legend(entries: readonly LegendEntry[]): Markup {
  const stroke = (look: string) => html`<path class="${look}" d="${strokeOf(look)}"/>`;
  const items = entries.map(
    ({ look, text }) =>
      html`<li><svg class="key" viewBox="0 0 24 10" aria-hidden="true">${[look]
        .flat()
        .map(stroke)}</svg>${text}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

function strokeOf(look: string): string {
  if (look.startsWith('line dots')) return 'M12,5h0';
  return look.startsWith('line ') ? 'M1,5H23' : 'M1,1H23V9H1Z';
}

function path(look: string, name: string | null, d: string | null, isStep = false): Markup {
  if (!d) return trusted('');
  const data = name !== null && html` data-name="${name}"${isStep && html` data-step`}`;
  return html`<path class="${look}"${data} d="${trusted(shortPath(d))}"/>`;
}

function gridOf(y: Axis, wide: readonly Mark[]): string {
  const across = y.marks.map(({ at }) => `M0,${round((1 - at) * HEIGHT)}H${WIDTH}`);
  const down = wide.map(({ at }) => `M${round(at * WIDTH)},${HEIGHT - 12}V${HEIGHT}`);
  return [...across, ...down].join('');
}

/** The labels of a wide screen, and those of a narrow one, of which one sees either. */
function xLabels(x: Axis, wide: readonly Mark[]): Markup[] {
  const narrow = labels(x, NARROW_PX);
  const has = (marks: readonly Mark[], { at }: Mark) => marks.some((mark) => mark.at === at);
  const label = (mark: Mark, look: string) =>
    html`<span class="${sideOf(mark)}${look}" style="left:${share(mark.at)}">${mark.text}</span>`;
  return [
    ...wide.map((mark) => label(mark, has(narrow, mark) ? '' : ' minor')),
    ...narrow.filter((mark) => !has(wide, mark)).map((mark) => label(mark, ' major')),
  ];
}

function yLabel({ at, text }: Mark): Markup {
  return html`<span style="top:${share(1 - at)}">${text}</span>`;
}

function indexes(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function acrossOf({ x }: Axes, value: number): number {
  return x.place(value) * WIDTH;
}

function downOf({ y }: Axes, value: number): number {
  return (1 - y.place(value)) * HEIGHT;
}

function round(value: number): string {
  return value.toFixed(0);
}

function share(at: number): string {
  return `${Number((at * 100).toFixed(2))}%`;
}
