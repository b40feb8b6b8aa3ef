import type { DataAdapter, GridRange, Samples } from '../adapters/adapter.ts';
import { createAdapter, createSideQueries } from '../adapters/registry.ts';
import type { Clock } from '../clock.ts';
import { formatDuration } from '../config/duration.ts';
import type { Options } from '../config/options.ts';
import { asFault } from '../errors.ts';
import { cutoffAt } from '../features/grid.ts';
import { History } from '../features/history.ts';
import { type Inspection, inspect } from '../features/inspect.ts';
import type { Series } from '../features/series.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import { createForecaster } from '../loop/workload.ts';
import { findSeasons, type Season } from '../models/seasons.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { VERSION } from '../version.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { loadKernel } from '../wasm/load.ts';
import { formatNumber } from './format.ts';

/** Something the answer shows; a remark alone is nothing wrong. */
export interface Observation {
  readonly isWrong: boolean;
  readonly text: string;
}

/** All that a first tick came to; null where there was no answer. */
export interface FirstTick {
  readonly options: Options;
  readonly inspection: Inspection | null;
  readonly series: Series | null;
  readonly seasons: readonly Season[];
  readonly snapshot: Snapshot | null;
  readonly observations: readonly Observation[];
}

/** An adapter that keeps what its source answered. */
class Recorder implements DataAdapter {
  readonly name: string;
  answer: { readonly samples: Samples; readonly range: GridRange } | null = null;

  constructor(private readonly adapter: DataAdapter) {
    this.name = adapter.name;
  }

  async collect(range: GridRange, signal: AbortSignal): Promise<Samples> {
    const samples = await this.adapter.collect(range, signal);
    this.answer = { samples, range };
    return samples;
  }
}

/** The sidecar's first tick, watched. Faults of source and models become observations. */
export async function watchFirstTick(options: Options, clock: Clock): Promise<FirstTick> {
  const kernel = await loadKernel();
  const recorder = new Recorder(await createAdapter(options, clock));
  const { up } = await createSideQueries(options, clock);
  const history = new History(options);
  const observations: Observation[] = [];
  const wrong = (text: string) => observations.push({ isWrong: true, text });
  const forecaster = createForecaster(options, {
    kernel,
    adapter: recorder,
    history,
    up: up && { adapter: up, history: new History(options) },
    clock,
    metrics: new Metrics(clock, VERSION).forWorkload(options.identity),
    onWarning: (warning) => wrong(`the data source warns: ${warning}`),
  });
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  let snapshot: Snapshot | null = null;
  try {
    snapshot = await forecaster.forecast(nowSeconds, new AbortController().signal);
    const { requested, answered, reason } = snapshot.model;
    if (reason !== '') wrong(`${answered} answered instead of ${requested}: ${reason}`);
  } catch (thrown) {
    const { message, code } = asFault(thrown, 'adapter');
    wrong(`no forecast: ${message} (${code})`);
  }
  const { answer } = recorder;
  const inspection = answer && inspect(answer.samples, answer.range);
  if (inspection) observations.push(...observationsOf(inspection, options, nowSeconds));
  const series =
    history.newestSeconds === null ? null : history.series(cutoffAt(nowSeconds, options));
  if (snapshot && series) observations.push(...planObservations(snapshot, series));
  const seasons = series ? await seasonsOf(kernel, series) : [];
  return { options, inspection, series, seasons, snapshot, observations };
}

function seasonsOf(kernel: Kernel, series: Series): Promise<readonly Season[]> {
  return kernel.exclusive(() => findSeasons(kernel, series));
}

/** Gaps up to this share of the steps are a remark: every scrape fails now and then. */
const GAP_SHARE_MAX = 0.01;
/** Two days: with less, no season of a day can be told from chance. */
const SEEN_SECONDS_MIN = 2 * 86_400;

function observationsOf(
  inspection: Inspection,
  options: Options,
  nowSeconds: number,
): Observation[] {
  const { findings, missingSteps, firstSeconds } = inspection;
  const observations = findings.map(({ code, message }) => {
    const isRare = missingSteps <= GAP_SHARE_MAX * (inspection.points + missingSteps);
    return { isWrong: code !== 'gaps' || !isRare, text: message };
  });
  if (firstSeconds === null) return observations;
  const seenSeconds = nowSeconds - firstSeconds;
  const wantedSeconds = Math.min(SEEN_SECONDS_MIN, options.historySeconds);
  if (seenSeconds < wantedSeconds - options.stepSeconds - options.settleSeconds) {
    const seen = formatDuration(Math.max(0, Math.round(seenSeconds)));
    const day = formatDuration(SEEN_SECONDS_MIN);
    const text = `the source holds ${seen} of history: no pattern of a day is seen before ${day}`;
    observations.push({ isWrong: true, text });
  }
  return observations;
}

/** Less than this many pods even at its busiest: the metric has hardly the unit of the target. */
const BUSIEST_PODS_MIN = 0.1;

/** What the bounds hide: a plan cut off at max, and one that is min whatever is measured. */
function planObservations({ plan }: Snapshot, series: Series): Observation[] {
  const { minReplicas, maxReplicas, targetPerPod } = plan.policy;
  const needed = Math.ceil(plan.need.reduce((a, b) => Math.max(a, b), 0));
  if (needed > maxReplicas) {
    const text =
      `the plan sits at max, ${maxReplicas}: the forecast needs ${needed} pods; ` +
      `raise max, or is target-per-pod, ${targetPerPod}, not in the metric's unit?`;
    return [{ isWrong: true, text }];
  }
  const observed = series.values.filter((value) => !Number.isNaN(value));
  const busiest = observed.reduce((a, b) => Math.max(a, b), 0);
  const pods = busiest / targetPerPod;
  if (minReplicas === 0 || busiest === 0 || pods >= BUSIEST_PODS_MIN) return [];
  const text =
    `the plan is always min, ${minReplicas}: the largest value, ${formatNumber(busiest)}, is ` +
    `${formatNumber(pods)} pods; is target-per-pod, ${targetPerPod}, in the metric's unit?`;
  return [{ isWrong: true, text }];
}
