import { isoTime } from '../clock.ts';
import { KedastralError } from '../errors.ts';
import { DOUBTS, type DoubtReason, type Guarded } from '../features/doubt.ts';
import type { HistoryQuality } from '../features/history.ts';
import type { Series } from '../features/series.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import type { DataQuality } from './snapshot.ts';

/** Steps by the reason for which they are doubted; every reason is there. */
function doubtCounts(marks: Uint8Array): Record<DoubtReason, number> {
  const counts = DOUBTS.map((reason, k) => {
    return [reason, marks.reduce((count, mark) => count + (mark === k + 1 ? 1 : 0), 0)];
  });
  return Object.fromEntries(counts);
}

/**
 * Counts each doubted step once, though it is judged anew at every cutoff: by reason, only what is
 * newer than the newest step counted.
 */
export class DoubtCounter {
  readonly #newest = DOUBTS.map(() => Number.NEGATIVE_INFINITY);

  constructor(private readonly stepSeconds: number) {}

  /** @param marks of the steps of `series`, see `Guarded` */
  count(
    marks: Uint8Array,
    { cutoffSeconds }: Series,
    metrics: Pick<WorkloadMetrics, 'samplesRejected'>,
  ): void {
    const firstIndex = Math.round(cutoffSeconds / this.stepSeconds) - marks.length + 1;
    DOUBTS.forEach((reason, k) => {
      let count = 0;
      let newest = this.#newest[k] as number;
      for (let i = Math.max(0, newest - firstIndex + 1); i < marks.length; i++) {
        if (marks[i] !== k + 1) continue;
        count++;
        newest = firstIndex + i;
      }
      this.#newest[k] = newest;
      if (count > 0) metrics.samplesRejected(reason, count);
    });
  }
}

/**
 * A value that is low in a way it never was is taken for a fault, until it has stayed.
 *
 * @throws KedastralError sample_doubtful
 */
export function requireAccepted({ doubt }: Guarded, { values, cutoffSeconds }: Series): void {
  if (!doubt?.isLow) return;
  const at = isoTime(cutoffSeconds);
  const message =
    `the newest value, ${values.at(-1)} at ${at}, is doubtful ` +
    `(${doubt.reason}): nothing is lowered for it`;
  throw new KedastralError('sample_doubtful', 'features', message);
}

export function dataQualityOf(
  quality: HistoryQuality,
  { marks, doubt }: Guarded,
  { values }: Series,
): DataQuality {
  const rejected = { ...quality.rejected, ...doubtCounts(marks) };
  const floor = values.at(-1) as number;
  return { ...quality, rejected, doubtful: doubt && { reason: doubt.reason, floor } };
}

/** The data quality of the same series, after samples of it came once more. */
export function recounted(last: DataQuality, quality: HistoryQuality): DataQuality {
  return { ...last, ...quality, rejected: { ...last.rejected, ...quality.rejected } };
}
