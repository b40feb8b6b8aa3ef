import { percentile } from './percentile.ts';
import type { Table } from './rows.ts';

/** The demand that one pod serves, and how that was found, in words. */
export interface Target {
  readonly perPod: number;
  readonly from: string;
}

/** What an autoscaler lets a pod have: the ratio that nine steps of ten stay under. */
const BUSY_LEVEL = 0.9;
/** With fewer steps above the smallest fleet, that fleet's own ratio must do. */
const BUSY_SHARE_MIN = 0.05;
/** The newest so many steps tell it: nearly a year of minutes. */
const STEPS_MAX = 500_000;
const PEAK_LEVEL = 0.99;
const PEAK_PODS = 40;

/**
 * The target as given; else from what ran: the 0.9 quantile of value / replicas over the steps in
 * which more than the smallest number of replicas ran (at the smallest one pods are idle, so their
 * load says little); else what makes the demand's p99 forty pods.
 */
export function targetOf(given: number | null, table: Pick<Table, 'values' | 'replicas'>): Target {
  if (given !== null) return { perPod: given, from: 'as given' };
  const values = table.values.subarray(-STEPS_MAX);
  const replicas = table.replicas?.subarray(-STEPS_MAX) ?? null;
  const ratio = replicas ? busyRatio(values, replicas) : Number.NaN;
  if (ratio > 0) {
    const from = 'estimated from the replicas that ran: p90 of value / replicas';
    return { perPod: rounded(ratio), from };
  }
  const known = values.filter((value) => !Number.isNaN(value));
  const peak = percentile(known, PEAK_LEVEL);
  const from = `taken as p99 of the demand / ${PEAK_PODS}, because nothing tells it`;
  return { perPod: peak > 0 ? rounded(peak / PEAK_PODS) : 1, from };
}

function busyRatio(values: Float64Array, replicas: Float64Array): number {
  const isKnown = (i: number) => (replicas[i] as number) >= 1 && (values[i] as number) >= 0;
  const known = [...values.keys()].filter(isKnown);
  const fewest = known.reduce((a, i) => Math.min(a, replicas[i] as number), Number.MAX_VALUE);
  const busy = known.filter((i) => (replicas[i] as number) > fewest);
  const telling = busy.length >= BUSY_SHARE_MIN * known.length && busy.length > 0 ? busy : known;
  const ratios = telling.map((i) => (values[i] as number) / (replicas[i] as number));
  return percentile(ratios, BUSY_LEVEL);
}

/** Three digits: more would only look exact. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
