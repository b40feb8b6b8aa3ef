import type { Samples } from '../adapters/adapter.ts';
import { KedastralError } from '../errors.ts';

/** What a Date header leaves out; `settle` is what clocks may be apart. */
const FUTURE_SECONDS_MAX = 1;

export interface Due {
  readonly tickSeconds: number;
  readonly cutoffSeconds: number;
  /** A tick that is older than this by the source's clock makes no forecast. */
  readonly tickAgeMaxSeconds: number;
}

/**
 * A clock that was set back asks for what is long past: that is no forecast of now. One that is
 * ahead asks for what has not been yet, for which Prometheus gives the newest value there is.
 *
 * @throws KedastralError clock_ahead, clock_behind
 */
export function requireSameTime(
  { answeredAtSeconds }: Samples,
  { tickSeconds, cutoffSeconds, tickAgeMaxSeconds }: Due,
): void {
  if (answeredAtSeconds === null || answeredAtSeconds === undefined) return;
  const aheadSeconds = Math.round(cutoffSeconds - answeredAtSeconds);
  if (aheadSeconds > FUTURE_SECONDS_MAX) {
    const message = `the sample due lies ${aheadSeconds} s in the future of the data source`;
    throw new KedastralError('clock_ahead', 'adapter', message);
  }
  const behindSeconds = Math.round(answeredAtSeconds - tickSeconds);
  if (behindSeconds > tickAgeMaxSeconds) {
    const message = `this clock is ${behindSeconds} s behind that of the data source`;
    throw new KedastralError('clock_behind', 'adapter', message);
  }
}
