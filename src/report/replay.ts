import type { PolicyResult, ReplayResult, SeriesResult } from '../backtest/result.ts';
import type { Timeline } from '../replay/outcome.ts';
import { type Axis, amountAxis, timeAxis } from './axis.ts';
import { amount, compact, day, fixed, moment, percent, span } from './figures.ts';
import { gridPoints, indexAfter } from './grid.ts';
import { html, type Markup, named } from './markup.ts';
import { boxesPath, legend, linePath, plot } from './plot.ts';
import { policyTable } from './policies.ts';
import { deepest, type Need, type Shortfall, shortfalls, worstWindow } from './shortfall.ts';
import { points } from './thin.ts';

const LANE_PX = 110;
const SHOWN_ROLES = ['ours', 'rival', 'reactive', 'oracle', 'actual'];
/** A closer look is worth it where the whole is this many times as long. */
const CLOSER = 4;
const CLOSE_STEPS = 240;
const FINE_SECONDS_MAX = 15;
const TICK_SHARE = 0.06;

/** One policy's replicas. */
interface Lane {
  readonly policy: PolicyResult;
  readonly timeline: Timeline;
  readonly short: readonly Shortfall[];
}

/** A stretch of the replay that is drawn. */
interface View {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly columns: number;
  /** It is all of the replay, of which the numbers of a policy speak. */
  readonly isWhole: boolean;
}

/** What each policy would have cost and left unserved, and its replicas over the demand. */
export function replay(series: SeriesResult, result: ReplayResult, columns: number): Markup {
  const { targetPerPod, podStartSeconds, minReplicas, maxReplicas } = result;
  const need = needOf(series, result);
  const whole = {
    fromSeconds: result.fromSeconds,
    toSeconds: result.toSeconds,
    columns,
    isWhole: true,
  };
  const lanes = lanesOf(result, need);
  const target = `${compact(targetPerPod)} a pod (${result.targetFrom})`;
  const bounds = `${minReplicas} to ${maxReplicas} replicas`;
  return html`<section class="block"><h3>Cost and shortfall of each policy</h3>
<p class="lead">${day(whole.fromSeconds)} to ${day(whole.toSeconds)}, replayed with the rules of the
 Kubernetes HPA: target ${target}, pods ready after ${span(podStartSeconds)}, ${bounds}. A saving
 counts only beside the demand that it leaves unserved.</p>
${policyTable(result)}
<p class="lead">Demand runs straight from one sample to the next, and a reactive HPA reads it at
 each sync, a forecast once a sample: with long steps the reactive policies see more. What rose and
 fell within ${span(series.stepSeconds)} is in neither. The rival's headroom is set on the very time
 that is replayed, which no real one knows beforehand.</p></section>
${
  lanes.length > 0 &&
  html`<section class="block"><h3>Replicas over time</h3>
${legend([
  { look: 'need', text: 'pods that the demand needs' },
  { look: 'line ours', text: 'pods ready, in the colour of the policy' },
  { look: 'short', text: 'demand without a pod, and a tick above it' },
])}
${lanesFigure(lanes, need, whole)}${closeUps(lanes, need, whole, series.stepSeconds)}</section>`
}`;
}

/**
 * The pods needed on a grid of at most 15 s: as in the replay, demand is linear between the values
 * at the ends of the steps.
 */
function needOf(series: SeriesResult, { targetPerPod }: ReplayResult): Need {
  const { values, startSeconds, stepSeconds } = series;
  const parts = Math.ceil(stepSeconds / FINE_SECONDS_MAX);
  const podsAt = (index: number) => {
    const step = Math.ceil(index / parts);
    const end = values[step] ?? Number.NaN;
    const begin = values[step - 1] ?? Number.NaN;
    const share = index / parts - (step - 1);
    const demand = Number.isNaN(begin) ? end : begin + (end - begin) * share;
    return demand / targetPerPod;
  };
  return { startSeconds, stepSeconds: stepSeconds / parts, podsAt };
}

/** Policies with a timeline; of several models the first, which is the chosen one. */
function lanesOf({ policies, fromSeconds, toSeconds }: ReplayResult, need: Need): Lane[] {
  return SHOWN_ROLES.flatMap((role) => {
    const policy = policies.find((other) => other.role === role);
    const timeline = policy?.outcome.timeline;
    if (!policy || !timeline) return [];
    return [{ policy, timeline, short: shortfalls(need, timeline, fromSeconds, toSeconds) }];
  });
}

function lanesFigure(lanes: readonly Lane[], need: Need, view: View): Markup {
  const x = timeAxis(view.fromSeconds, view.toSeconds);
  const first = indexAfter(need, view.fromSeconds) - 1;
  const length = indexAfter(need, view.toSeconds) - first;
  const pods = Float64Array.from({ length }, (_, i) => need.podsAt(first + i));
  const y = amountAxis([pods, ...lanes.map(({ timeline }) => timeline.readyPods)], {
    unit: 'pods',
    markCount: 3,
  });
  return html`<figure>${lanes.map((lane, k) =>
    laneOf(lane, { need, pods, first, x, y, view, isLast: k === lanes.length - 1 }),
  )}</figure>`;
}

interface LaneFrame {
  readonly need: Need;
  readonly pods: Float64Array;
  /** Index of the first of `pods`. */
  readonly first: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly view: View;
  readonly isLast: boolean;
}

function laneOf(lane: Lane, frame: LaneFrame): Markup {
  const { outcome, role } = lane.policy;
  const { view, isLast } = frame;
  const minutes = `${fixed(outcome.shortMinutes, 0)} minutes short`;
  const cost = `${amount(outcome.podHours)} pod-hours`;
  const words = `${cost}, ${percent(outcome.unservedShare)} unserved, ${minutes}`;
  return html`<p class="lane-title"><span class="dot ${role}"></span><b>${named(outcome.policy)}</b>
 ${view.isWhole && words}</p>
${plot({
  title: `Replicas: ${outcome.policy}`,
  description: `${moment(view.fromSeconds)} to ${moment(view.toSeconds)} UTC. In all: ${words}.`,
  axes: frame,
  layers: laneLayers(lane, frame),
  heightPx: LANE_PX,
  hidesTimes: !isLast,
})}`;
}

function laneLayers({ policy, timeline, short }: Lane, frame: LaneFrame): Markup[] {
  const { need, pods, first, view } = frame;
  const { columns, fromSeconds, toSeconds } = view;
  const demand = gridPoints(need, (i) => pods[i] as number, first, pods.length);
  const { timesSeconds, readyPods } = timeline;
  const ready = points([...timesSeconds, toSeconds], [...readyPods, readyPods.at(-1) ?? 0]);
  const boxes = deepest(short, fromSeconds, toSeconds, columns).map((part) => ({
    x0: Math.max(part.fromSeconds, fromSeconds),
    x1: Math.min(part.toSeconds, toSeconds),
    y0: part.ready,
    y1: part.need,
  }));
  // Short moments are thin in a long picture: a tick at its top shows each.
  const { high } = frame.y;
  const ticks = boxes.map((box) => ({ ...box, y0: high * (1 - TICK_SHARE), y1: high }));
  return [
    linePath(frame, demand, { look: 'need', name: 'needed', isGrounded: true, columns }),
    linePath(frame, ready, { look: policy.role, name: 'ready', isStep: true, columns }),
    boxesPath(frame, boxes, 'short'),
    boxesPath(frame, ticks, 'short'),
  ];
}

/** Where ours, and where its rival, was short most. */
function closeUps(lanes: readonly Lane[], need: Need, whole: View, stepSeconds: number): Markup[] {
  const length = whole.toSeconds - whole.fromSeconds;
  const seconds = Math.min(CLOSE_STEPS * stepSeconds, length);
  if (length < CLOSER * seconds) return [];
  const shown = lanes.filter(({ policy }) => policy.role === 'ours' || policy.role === 'rival');
  // Both may have been short most at the same time: that is one picture.
  const byStart = new Map<number, Lane[]>();
  for (const lane of shown) {
    const start = worstWindow(lane.short, seconds, whole.fromSeconds, whole.toSeconds);
    if (start !== null) byStart.set(start, [...(byStart.get(start) ?? []), lane]);
  }
  return [...byStart].map(([start, worst]) => {
    const { columns } = whole;
    const view = { fromSeconds: start, toSeconds: start + seconds, columns, isWhole: false };
    const [first, second] = worst.map(({ policy }) => named(policy.outcome.policy));
    const who = second ? html`${first ?? null} and ${second} were` : html`${first ?? null} was`;
    return html`<h4>A closer look: the ${span(seconds)} in which ${who} short most</h4>
<p class="lead">From ${moment(start)} UTC.</p>
${lanesFigure(
  shown.map((other) => cut(other, view)),
  need,
  view,
)}`;
  });
}

/** A lane's part within a view, with what held when the view begins. */
function cut({ policy, timeline, short }: Lane, { fromSeconds, toSeconds }: View): Lane {
  const { timesSeconds } = timeline;
  const first = Math.max(
    0,
    timesSeconds.findLastIndex((seconds) => seconds <= fromSeconds),
  );
  const next = timesSeconds.findIndex((seconds) => seconds >= toSeconds);
  const end = next < 0 ? timesSeconds.length : next;
  const part = <T>(values: readonly T[]) => values.slice(first, end);
  return {
    policy,
    timeline: {
      timesSeconds: part(timesSeconds).map((seconds) => Math.max(seconds, fromSeconds)),
      specReplicas: part(timeline.specReplicas),
      pods: part(timeline.pods),
      readyPods: part(timeline.readyPods),
    },
    short: short.filter((one) => one.toSeconds > fromSeconds && one.fromSeconds < toSeconds),
  };
}
