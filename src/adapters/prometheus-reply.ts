import { adapterFault } from './faults.ts';

/** One series of a reply. */
export interface MatrixSeries {
  /** The label set as PromQL writes it, names in order: `{job="api", pod="a"}`. */
  readonly labels: string;
  readonly timesSeconds: Float64Array;
  readonly values: Float64Array;
}

/** The part of a range query's reply that is used. */
export interface MatrixReply {
  readonly series: readonly MatrixSeries[];
  readonly warnings: readonly string[];
  /** VictoriaMetrics' cluster: a storage node did not answer. */
  readonly isPartial: boolean;
}

interface RawReply {
  readonly status?: unknown;
  readonly isPartial?: unknown;
  readonly warnings?: unknown;
  readonly infos?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown } | null;
}

const WARNINGS_MAX = 10;
const WARNING_CHARACTERS_MAX = 200;

/**
 * Reads the body of a range query. All series but the first two come without their points: two are
 * enough to say that there are several.
 *
 * @throws KedastralError adapter_response when it is no matrix
 */
export function parseMatrix(body: string): MatrixReply {
  const reply = parseJson(body);
  const resultType = reply.data?.resultType;
  const result = reply.data?.result;
  if (reply.status !== 'success' || resultType !== 'matrix' || !Array.isArray(result)) {
    throw adapterFault('adapter_response', 'the reply is not a successful matrix');
  }
  return {
    series: result.slice(0, 2).map(parseSeries),
    warnings: [...cleaned(reply.warnings), ...cleaned(reply.infos)].slice(0, WARNINGS_MAX),
    isPartial: reply.isPartial === true,
  };
}

function parseJson(body: string): RawReply {
  try {
    const reply: unknown = JSON.parse(body);
    if (typeof reply === 'object' && reply !== null) return reply;
  } catch {
    // JSON.parse quotes the body in its message, so its error is not passed on.
  }
  throw adapterFault('adapter_response', 'the reply is not a JSON object');
}

function parseSeries(raw: unknown): MatrixSeries {
  const { metric, values: points } = (raw ?? {}) as { metric?: unknown; values?: unknown };
  if (!Array.isArray(points)) throw adapterFault('adapter_response', 'a series has no values');
  const timesSeconds = new Float64Array(points.length);
  const values = new Float64Array(points.length);
  for (let i = 0; i < points.length; i++) {
    const point: unknown = points[i];
    const time: unknown = Array.isArray(point) ? point[0] : undefined;
    if (!Array.isArray(point) || typeof time !== 'number' || typeof point[1] !== 'string') {
      throw adapterFault('adapter_response', 'a point is not [seconds, "value"]');
    }
    timesSeconds[i] = time;
    values[i] = parseValue(point[1]);
  }
  return { labels: labelsText(metric), timesSeconds, values };
}

/** A sample value as Prometheus writes it: Number() knows neither `+Inf` nor `-Inf`. */
function parseValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

function labelsText(metric: unknown): string {
  const entries = Object.entries((metric ?? {}) as Record<string, unknown>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return `{${entries.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

/** Warnings without what they quote, which is the query's, and short enough for a log. */
function cleaned(warnings: unknown): string[] {
  if (!Array.isArray(warnings)) return [];
  return warnings
    .filter((warning) => typeof warning === 'string')
    .map((warning) => warning.replace(/"[^"]*"|`[^`]*`|'[^']*'/g, '"…"'))
    .map((warning) => warning.slice(0, WARNING_CHARACTERS_MAX));
}
