import { createHash, randomUUID } from 'node:crypto';
import type { DataAdapter } from '../adapters/adapter.ts';
import type { CapacityPolicy } from '../capacity/policy.ts';
import type { Clock } from '../clock.ts';
import type { Options } from '../config/options.ts';
import { History } from '../features/history.ts';
import { Forecaster, type ForecasterParts } from '../forecast/forecaster.ts';
import { ALWAYS_LEVELS } from '../forecast/quantiles.ts';
import { Readings, type SideQueries } from '../forecast/readings.ts';
import { ladderFor } from '../models/ladder.ts';
import { createModel, modelOptionsOf } from '../models/registry.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Repeats } from '../telemetry/repeats.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { replacedAtSeconds } from './active-slot.ts';
import { Ticks } from './ticks.ts';
import { type LoopForecaster, WorkloadLoop } from './workload-loop.ts';

/** What the workloads of one process share. */
export interface Shared {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Where a loop's forecaster tells what it counts and is warned of. */
export type Told = Pick<ForecasterParts, 'metrics' | 'onWarning'>;

/** What a forecaster on this thread works with. */
export interface LocalParts {
  readonly kernel: Kernel;
  readonly adapter: DataAdapter;
  /** Absent = none. */
  readonly queries?: (SideQueries & { readonly up: DataAdapter | null }) | undefined;
}

/** The loop of one workload that is forecast on this thread. */
export function createWorkload(options: Options, shared: Shared & LocalParts): WorkloadLoop {
  const { kernel, adapter, queries, clock } = shared;
  return createLoop(options, shared, (told) =>
    createLocalForecaster(options, { kernel, adapter, queries, clock, ...told }),
  );
}

/** The loop of one workload, put together from its options. */
export function createLoop(
  options: Options,
  shared: Shared,
  forecasterOf: (told: Told) => LoopForecaster,
): WorkloadLoop {
  const { store, clock } = shared;
  const { identity } = options;
  const log = shared.log.child({ workload: identity });
  const metrics = shared.metrics.forWorkload(identity);
  const warnings = new Repeats(clock);
  const onWarning = (warning: string) => {
    if (warnings.isDue(warning)) log.warn('data source warns', { warning });
  };
  const forecaster = forecasterOf({ metrics, onWarning });
  const ticks = new Ticks(identity, options.intervalSeconds);
  const parts = { forecaster, store, ticks, clock, metrics, log };
  const optionsId = hashOfForecastOptions(options);
  return new WorkloadLoop({ workload: identity, optionsId, token: randomUUID() }, options, parts);
}

/** The forecaster of one workload with a history of its own. */
export function createLocalForecaster(
  options: Options,
  parts: LocalParts & Told & { readonly clock: Clock },
): Forecaster {
  const { queries } = parts;
  const isRead = queries?.reactive || queries?.replicas;
  const readings = isRead ? new Readings(options, { ...queries, ...parts }) : undefined;
  const up = queries?.up ? { adapter: queries.up, history: new History(options) } : null;
  return createForecaster(options, { ...parts, up, history: new History(options), readings });
}

/** The forecaster of one workload, put together from its options. */
export function createForecaster(
  options: Options,
  parts: Omit<ForecasterParts, 'ladder'>,
): Forecaster {
  const { identity, metric, stepSeconds, settleSeconds, staleAfterSeconds } = options;
  const policy = policyOf(options);
  const models = modelOptionsOf(options);
  return new Forecaster(
    {
      workload: identity,
      metric,
      stepSeconds,
      horizonSteps: options.horizonSeconds / stepSeconds,
      settleSeconds,
      policy,
      quantileLevels: levelsOf(options),
      leadTimeSeconds: options.leadTimeSeconds,
      tickAgeMaxSeconds: Math.max(staleAfterSeconds, replacedAtSeconds(options.intervalSeconds)),
      optionsId: hashOfForecastOptions(options),
      deadbandProof: options.deadbandProof,
    },
    {
      ...parts,
      ladder: ladderFor(options.model).map((name) => createModel(name, parts.kernel, models)),
    },
  );
}

function policyOf(options: Options): CapacityPolicy {
  const { targetPerPod, headroom, quantileLevel, minReplicas, maxReplicas } = options;
  const { upMaxFactor, downMaxPercent, activationDemand } = options;
  return {
    targetPerPod,
    headroom,
    quantileLevel,
    minReplicas,
    maxReplicas,
    upMaxFactor,
    downMaxPercent,
    ...(activationDemand > 0 ? { activationDemand } : {}),
  };
}

/** The levels asked for, the one that is planned for, and the two that are always there. */
function levelsOf({ quantiles, quantileLevel }: Options): readonly number[] {
  const levels = new Set([...quantiles, ...ALWAYS_LEVELS]);
  if (quantileLevel > 0) levels.add(quantileLevel);
  return [...levels].sort((a, b) => a - b);
}

/** Everything a snapshot depends on beside the samples. */
function hashOfForecastOptions(options: Options): string {
  const { identity, metric, stepSeconds, horizonSeconds, historySeconds, settleSeconds } = options;
  const grid = [identity, metric, stepSeconds, horizonSeconds, historySeconds, settleSeconds];
  // Not where the data lies: replicas may reach the same data by different addresses.
  const { adapter, promQuery, httpUrl, httpValuePath, replayFile, replaySpeed } = options;
  const source = [adapter, promQuery, httpUrl, httpValuePath, replayFile, replaySpeed];
  if (options.upQuery) source.push(options.upQuery);
  const model = [options.model, modelOptionsOf(options)];
  const risk = [levelsOf(options), options.leadTimeSeconds];
  const { deadbandProof, replicasQuery, reactiveQuery } = options;
  const hands = [deadbandProof, replicasQuery, reactiveQuery];
  const text = JSON.stringify([grid, source, model, policyOf(options), risk, hands]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
