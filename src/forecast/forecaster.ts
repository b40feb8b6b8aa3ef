import type { DataAdapter } from '../adapters/adapter.ts';
import { hashText } from '../adapters/integer-noise.ts';
import { liftPlan, PAST_STEPS_MAX, presentReplicas } from '../capacity/deadband.ts';
import { type CapacityPlan, planCapacity } from '../capacity/planner.ts';
import type { CapacityPolicy } from '../capacity/policy.ts';
import { type Clock, isoTime } from '../clock.ts';
import { KedastralError } from '../errors.ts';
import type { Guarded } from '../features/doubt.ts';
import { cutoffAt } from '../features/grid.ts';
import { guard } from '../features/guard.ts';
import type { History } from '../features/history.ts';
import { alignedTo, type Series } from '../features/series.ts';
import { fitLadder } from '../models/ladder.ts';
import type { FittedModel, Model } from '../models/model.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { Accuracy } from './accuracy.ts';
import { DoubtCounter, dataQualityOf, recounted, requireAccepted } from './doubts.ts';
import { atLeastZero, isNonNegative } from './non-negative.ts';
import { demandOf, peakQuantiles, peakStepsOf } from './peak.ts';
import { quantiles } from './quantiles.ts';
import type { Readings } from './readings.ts';
import { refusals } from './refusals.ts';
import { renewed, withReadings } from './renewal.ts';
import { riskOf } from './risk.ts';
import { requireSameTime } from './same-time.ts';
import type { Snapshot } from './snapshot.ts';
import { hashOfInputs, snapshotId } from './snapshot-id.ts';

const DAY_SECONDS = 86_400;

export interface ForecasterOptions {
  readonly workload: string;
  readonly metric: string;
  readonly stepSeconds: number;
  readonly horizonSteps: number;
  readonly settleSeconds: number;
  readonly policy: CapacityPolicy;
  /** Quantile levels of the snapshot, in (0, 1), ascending; 0.5 and 0.9 among them. */
  readonly quantileLevels: readonly number[];
  /** How far ahead replicas are wanted: the window whose maximum is calibrated. */
  readonly leadTimeSeconds: number;
  /** A tick that is older than this by the source's clock makes no forecast. */
  readonly tickAgeMaxSeconds: number;
  /** Hash of every option that the forecast or the plan depends on. */
  readonly optionsId: string;
  /** Lift increases that an HPA would ignore; absent = no. */
  readonly deadbandProof?: boolean;
}

export interface ForecasterParts {
  readonly kernel: Kernel;
  readonly adapter: DataAdapter;
  readonly history: History;
  /** What says that the exporter lives, by values over 0; null when nothing does. */
  readonly up: { readonly adapter: DataAdapter; readonly history: History } | null;
  /** The model asked for, then the rungs below it. */
  readonly ladder: readonly Model[];
  readonly clock: Clock;
  readonly metrics: WorkloadMetrics;
  /** Told of each warning of the data source. */
  readonly onWarning: (warning: string) => void;
  /** Queries beside the forecast's; absent = none. */
  readonly readings?: Readings | undefined;
}

/** One workload's way of the data: collect → features → fit and predict → plan → snapshot. */
export class Forecaster {
  /** Of the forecasts made here, since the start. */
  readonly accuracy: Accuracy;
  readonly #doubts: DoubtCounter;
  /** The last one made, without readings. */
  #last: Snapshot | null = null;
  #lastInputs = '';
  /** After midnight: the same on all replicas, spread over workloads. */
  readonly #refreshSeconds: number;
  /** The day on which the whole history was asked for last. */
  #wholeDay: number | null = null;

  constructor(
    private readonly options: ForecasterOptions,
    private readonly parts: ForecasterParts,
  ) {
    this.accuracy = new Accuracy(options);
    this.#refreshSeconds = Math.abs(hashText(options.workload)) % DAY_SECONDS;
    this.#doubts = new DoubtCounter(options.stepSeconds);
  }

  /**
   * Makes the snapshot of one tick. It depends on the options, the tick and the samples alone.
   *
   * @param tickSeconds the tick's nominal time
   * @throws KedastralError when no sample due at this tick has come, it is doubtful and low, or no
   * model has an answer
   */
  async forecast(tickSeconds: number, signal: AbortSignal): Promise<Snapshot> {
    const { readings } = this.parts;
    const [made, read] = await Promise.all([
      this.#forecast(tickSeconds, signal),
      readings?.at(tickSeconds, signal),
    ]);
    return read ? withReadings(made, read, this.parts.kernel) : made;
  }

  /**
   * The newest snapshot with the readings of a tick that made no forecast, so that the reactive
   * floor goes on without one; null when there are none.
   */
  async renew(
    snapshot: Snapshot,
    tickSeconds: number,
    signal: AbortSignal,
  ): Promise<Snapshot | null> {
    const read = await this.parts.readings?.at(tickSeconds, signal);
    return read ? renewed(snapshot, read, tickSeconds, this.parts.kernel) : null;
  }

  async #forecast(tickSeconds: number, signal: AbortSignal): Promise<Snapshot> {
    const cutoffSeconds = cutoffAt(tickSeconds, this.options);
    const up = await this.#collectUp(cutoffSeconds, signal);
    const series = await this.#collect(tickSeconds, cutoffSeconds, signal);
    const generatedAt = isoTime(tickSeconds);
    const inputs = hashOfInputs(this.options.optionsId, series, up);
    const quality = this.parts.history.quality(cutoffSeconds);
    const last = this.#last;
    const isSame = this.#lastInputs === inputs && last?.model.answered === last?.model.requested;
    if (last && isSame) {
      this.#last = { ...last, generatedAt, dataQuality: recounted(last.dataQuality, quality) };
    } else {
      const { kernel, metrics } = this.parts;
      const guarded = guard(series, up && alignedTo(series, up));
      this.#doubts.count(guarded.marks, series, metrics);
      this.accuracy.observe({ ...series, values: guarded.memory });
      requireAccepted(guarded, series);
      const made = await kernel.exclusive(() => this.#fitAndPlan(series, guarded, signal));
      this.#last = {
        workload: this.options.workload,
        metric: this.options.metric,
        generatedAt,
        stepSeconds: this.options.stepSeconds,
        horizonSeconds: this.options.horizonSteps * this.options.stepSeconds,
        ...made,
        cutoff: isoTime(cutoffSeconds),
        id: snapshotId(inputs, made),
        optionsId: this.options.optionsId,
        dataQuality: dataQualityOf(quality, guarded, series),
      };
      this.#lastInputs = inputs;
      this.accuracy.note(this.#last);
    }
    return this.#last;
  }

  /**
   * Once a day asks for the whole history anew: samples that came or were amended later than
   * `window` come in, and what the source no longer keeps goes. So a process that has run for long
   * knows what one that starts is told. For the tick after; one that fails is not repeated.
   *
   * @throws KedastralError adapter_*
   */
  async refresh(tickSeconds: number, signal: AbortSignal): Promise<void> {
    const { adapter, history, up, metrics } = this.parts;
    const cutoffSeconds = cutoffAt(tickSeconds, this.options);
    const day = Math.floor((cutoffSeconds - this.#refreshSeconds) / DAY_SECONDS);
    const isDue = this.#wholeDay !== null && day > this.#wholeDay;
    this.#wholeDay = day;
    if (!isDue) return;
    const range = history.wholeRange(cutoffSeconds);
    up?.history.add(await up.adapter.collect(range, signal), range);
    const samples = await adapter.collect(range, signal);
    const { counts } = history.add(samples, range);
    if (counts.late > 0) metrics.samplesRejected('late', counts.late);
    const oldest = samples.timesSeconds.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (samples.warnings.length > 0 || oldest === Number.POSITIVE_INFINITY) return;
    const forgotten = history.forgetBefore(oldest);
    if (forgotten > 0) {
      this.parts.onWarning(`it no longer has ${forgotten} steps: history is over what it keeps`);
    }
  }

  async #collect(tickSeconds: number, cutoffSeconds: number, signal: AbortSignal): Promise<Series> {
    const { adapter, history, clock, metrics } = this.parts;
    const range = history.rangeFor(cutoffSeconds);
    const startedMs = clock.monotonicMs();
    const samples = await adapter.collect(range, signal);
    metrics.adapterCollectSeconds((clock.monotonicMs() - startedMs) / 1000);
    for (const warning of samples.warnings) this.parts.onWarning(warning);
    requireSameTime(samples, { ...this.options, tickSeconds, cutoffSeconds });
    const newestBefore = history.newestSeconds;
    const report = history.add(samples, range);
    for (const [reason, count] of Object.entries(report.counts)) {
      if (count > 0) metrics.samplesRejected(reason, count);
    }
    const refused = history.newestSeconds === newestBefore ? refusals(samples, newestBefore) : '';
    this.#requireDue(cutoffSeconds, refused);
    return history.series(cutoffSeconds);
  }

  async #collectUp(cutoffSeconds: number, signal: AbortSignal): Promise<Series | null> {
    if (!this.parts.up) return null;
    const { adapter, history } = this.parts.up;
    const range = history.rangeFor(cutoffSeconds);
    history.add(await adapter.collect(range, signal), range);
    return history.series(cutoffSeconds);
  }

  /**
   * A silent exporter is as stale as a dead data source: without the sample due now, no forecast.
   *
   * @param refused why nothing of the answer could be taken, empty when something was
   */
  #requireDue(cutoffSeconds: number, refused: string): void {
    const newest = this.parts.history.newestSeconds;
    if (newest === null) {
      const message = refused || 'the data source has no sample';
      throw new KedastralError('adapter_no_data', 'adapter', message);
    }
    if (newest < cutoffSeconds) {
      const late = cutoffSeconds - newest;
      const due = isoTime(cutoffSeconds);
      const message = `the newest sample is ${late} s older than the one due at ${due}`;
      const why = refused && `; ${refused}`;
      throw new KedastralError('adapter_late', 'adapter', message + why);
    }
  }

  async #fitAndPlan(series: Series, { memory, observed, doubt }: Guarded, signal: AbortSignal) {
    const { kernel, ladder, clock, metrics } = this.parts;
    const { policy, quantileLevels: levels, horizonSteps, leadTimeSeconds } = this.options;
    const { stepSeconds } = series;
    const peakSteps = peakStepsOf(leadTimeSeconds, stepSeconds, horizonSteps);
    const startedMs = clock.monotonicMs();
    const context = { horizonSteps, signal, levels, peakSteps };
    const learnt = { ...series, values: memory };
    const { fitted, answered, reason } = await fitLadder(ladder, learnt, context, (fault) =>
      metrics.error(fault),
    );
    const nonNegative = isNonNegative(memory);
    const prediction = nonNegative ? atLeastZero(fitted.prediction) : fitted.prediction;
    const bands = quantiles(kernel, prediction, levels, { nonNegative });
    const peaks = peakQuantiles(kernel, prediction, bands, peakSteps, { nonNegative });
    const fittedMs = clock.monotonicMs();
    const { demand, factor } = demandOf(
      policy.quantileLevel,
      prediction.point,
      bands,
      peakSteps,
      peaks,
    );
    const floor = doubt ? (series.values.at(-1) as number) : Number.NEGATIVE_INFINITY;
    const lifted = demand.map((each) => Math.max(each, floor));
    const pastSteps = this.options.deadbandProof ? PAST_STEPS_MAX : 0;
    const plan = planCapacity(kernel, policy, observed, lifted, pastSteps);
    const plannedMs = clock.monotonicMs();
    metrics.modelPredictSeconds((fittedMs - startedMs) / 1000);
    metrics.capacityComputeSeconds((plannedMs - fittedMs) / 1000);
    return {
      values: [...prediction.point],
      quantiles: Object.fromEntries(
        Object.entries(bands).map(([level, values]) => [level, [...values]]),
      ),
      risk: riskOf(prediction, bands),
      peak: { leadTimeSeconds, steps: peakSteps, ...peaks, factor },
      model: { requested: ladder[0]?.name ?? answered, answered, reason },
      ...ensembleOf(fitted),
      plan: stages(plan, series, policy),
      ...this.#proofed(plan, peakSteps, stepSeconds),
    };
  }

  /** The plan, with deadband-proof lifted over the pods that it says there are. */
  #proofed({ replicas, past }: CapacityPlan, peakSteps: number, stepSeconds: number) {
    if (!this.options.deadbandProof) return { desiredReplicas: [...replicas] };
    const { maxReplicas } = this.options.policy;
    const present = presentReplicas(past, replicas, peakSteps, { stepSeconds, maxReplicas });
    return {
      desiredReplicas: [...liftPlan(replicas, present, maxReplicas)],
      deadband: { present, from: 'plan', without: [...replicas] } as const,
    };
  }
}

function ensembleOf({ description }: FittedModel): Pick<Snapshot, 'ensemble'> {
  const { name, ...ensemble } = description;
  return name === 'auto' ? { ensemble } : {};
}

function stages(plan: CapacityPlan, series: Series, policy: CapacityPolicy): Snapshot['plan'] {
  return {
    sample: series.values.at(-1) ?? null,
    previous: plan.previous,
    policy,
    need: [...plan.need],
    bounded: [...plan.bounded],
    raised: [...plan.raised],
  };
}
