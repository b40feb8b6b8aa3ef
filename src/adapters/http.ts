import type { Clock } from '../clock.ts';
import { type JsonPath, pairFault } from '../config/json-path.ts';
import type { DataAdapter, GridRange, Samples } from './adapter.ts';
import { authorization, credentialsOf } from './credentials.ts';
import { adapterFault } from './faults.ts';
import { HttpClient } from './http-client.ts';
import { compilePath, selectAll } from './json-path.ts';
import { fillTemplate } from './template.ts';
import { epochSeconds, parseTimestamp } from './timestamp.ts';

export interface HttpOptions {
  /** Answers GET with JSON; may hold `{{workload}}` and `{{namespace}}`. */
  readonly httpUrl: string;
  /** Where the value, or each value, stands in the document; see json-path.ts. */
  readonly httpValuePath: string;
  /** Where the time of each value stands; without it the one value is timed by the clock. */
  readonly httpTimePath?: string | null | undefined;
  /** Cap on a reply, after decompression; as `HttpClient` has it when absent. */
  readonly maxResponseBytes?: number | undefined;
  readonly workload: { readonly namespace?: string | null | undefined; readonly name: string };
}

/** Polls kept for a document without times: a day of one every ten seconds. */
const POLLS_MAX = 8_640;

/**
 * A JSON document over HTTP.
 *
 * With `httpTimePath` the document holds points: both paths give lists of equal length, or both one
 * value. Times are epoch seconds, epoch milliseconds or RFC 3339; values are numbers or numeric
 * strings, null is missing. `{"points":[{"at":"2026-01-01T00:00:00Z","rps":12}]}` is read by
 * `points[].rps` and `points[].at`.
 *
 * Without it the document holds the present value: `{"rps":12}` is read by `rps`. Each collect is a
 * poll at the clock's now; the last polls are kept in memory, so history grows from the start of
 * the process on.
 *
 * @throws KedastralError option_invalid for a URL, template or path that cannot be used
 */
export function httpAdapter(options: HttpOptions, clock: Clock): DataAdapter {
  const url = documentUrl(options);
  const credentials = credentialsOf('http-url', url);
  const valuePath = compilePath('http-value-path', options.httpValuePath);
  const timePath = options.httpTimePath
    ? compilePath('http-time-path', options.httpTimePath)
    : null;
  const fault = pairFault(valuePath, timePath);
  if (fault !== null) throw adapterFault('option_invalid', `http-time-path ${fault}`);
  const client = new HttpClient({ maxResponseBytes: options.maxResponseBytes }, clock);
  const polls = new Polls();

  const fetchDocument = async (signal: AbortSignal): Promise<unknown> => {
    const value = await authorization(credentials);
    const headers = { accept: 'application/json', ...(value && { authorization: value }) };
    return parseJson(await client.request({ method: 'GET', url, headers }, signal));
  };

  return {
    name: 'http',
    collect: (range, signal) =>
      client.within(signal, async (deadline) => {
        const document = await fetchDocument(deadline);
        const values = selectAll(document, valuePath).map(toValue);
        const { answeredAtSeconds } = client;
        if (timePath) {
          const times = timesOf(document, timePath, values.length);
          return { ...clipped(times, values, range), answeredAtSeconds };
        }
        polls.push(clock.nowMs() / 1000, values[0] as number);
        return clipped(polls.timesSeconds, polls.values, range);
      }),
  };
}

function documentUrl(options: HttpOptions): URL {
  const { namespace, name } = options.workload;
  const values = { workload: name, namespace };
  const text = fillTemplate('http-url', options.httpUrl, values, encodeURIComponent);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw adapterFault('option_invalid', 'http-url: not an http:// or https:// URL');
  }
  return url;
}

/** The present value at each poll, oldest first; the oldest make room for the newest. */
class Polls {
  readonly timesSeconds: number[] = [];
  readonly values: number[] = [];

  push(timeSeconds: number, value: number): void {
    this.timesSeconds.push(timeSeconds);
    this.values.push(value);
    if (this.values.length > POLLS_MAX) {
      this.timesSeconds.shift();
      this.values.shift();
    }
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // JSON.parse quotes the body in its message, so its error is not passed on.
    throw adapterFault('adapter_response', 'the reply is not JSON');
  }
}

function toValue(found: unknown): number {
  if (found === null) return Number.NaN;
  if (typeof found === 'number') return found;
  const value = typeof found === 'string' && found.trim() !== '' ? Number(found) : Number.NaN;
  if (Number.isNaN(value) && found !== 'NaN') {
    const kind = found === undefined ? 'nothing' : `no number but ${typeof found}`;
    throw adapterFault('adapter_response', `http-value-path: there is ${kind} at the path`);
  }
  return value;
}

function timesOf(document: unknown, path: JsonPath, count: number): number[] {
  const times = selectAll(document, path).map((found) => {
    if (typeof found === 'number') return epochSeconds(found);
    return typeof found === 'string' ? parseTimestamp(found) : Number.NaN;
  });
  if (times.length !== count) {
    const message = `http-time-path: ${times.length} times for ${count} values`;
    throw adapterFault('adapter_response', message);
  }
  if (times.some(Number.isNaN)) {
    const rule = 'a time is neither RFC 3339 nor epoch seconds';
    throw adapterFault('adapter_response', `http-time-path: ${rule}`);
  }
  return times;
}

/** Documents hold what they hold: only the samples of the range are given. */
function clipped(times: readonly number[], values: readonly number[], range: GridRange): Samples {
  const afterSeconds = range.startSeconds - range.stepSeconds;
  const kept = [...times.keys()].filter((i) => {
    const time = times[i] as number;
    return time > afterSeconds && time <= range.endSeconds;
  });
  return {
    timesSeconds: Float64Array.from(kept, (i) => times[i] as number),
    values: Float64Array.from(kept, (i) => values[i] as number),
    warnings: [],
  };
}
