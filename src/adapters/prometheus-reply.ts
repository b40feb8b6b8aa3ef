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
}

interface RawReply {
  readonly status?: unknown;
  /** Of VictoriaMetrics' cluster. */
  readonly isPartial?: unknown;
  readonly warnings?: unknown;
  readonly infos?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown } | null;
}

/**
 * How a warning begins that is about the query. Any other is of the storage, and says that a part
 * of it did not answer: remote read, or Thanos, which answers 200 with what the other stores hold.
 */
const QUERY_WARNING = /^PromQL /;
const WARNINGS_MAX = 10;
const WARNING_CHARACTERS_MAX = 200;
/** Of a longer warning only this much is looked at. */
const WARNING_READ_CHARACTERS_MAX = 2_000;
const WORD = /[\p{L}\p{N}_]+/gu;
/** What a shorter word has in common with one of the query's is chance. */
const TELLING_CHARACTERS_MIN = 4;

/**
 * Reads the body of a range query. All series but the first two come without their points: two are
 * enough to say that there are several.
 *
 * @param sent the query and the credentials; none of their words stays in the warnings
 * @throws KedastralError adapter_response when it is no matrix, or a part of the storage is missing
 * from it: such a sum is too low, and a plan made of it too small
 */
export function parseMatrix(body: string, sent: string): MatrixReply {
  const reply = parseJson(body);
  const resultType = reply.data?.resultType;
  const result = reply.data?.result;
  if (reply.status !== 'success' || resultType !== 'matrix' || !Array.isArray(result)) {
    throw adapterFault('adapter_response', 'the reply is not a successful matrix');
  }
  const missing = missingFrom(reply, sent);
  if (missing !== undefined) {
    throw adapterFault('adapter_response', `the reply is partial: ${missing}`);
  }
  return {
    series: result.slice(0, 2).map(parseSeries),
    warnings: cleaned([reply.warnings, reply.infos].flat(), sent),
  };
}

/** Which part of the storage did not answer. */
function missingFrom({ isPartial, warnings }: RawReply, sent: string): string | undefined {
  if (isPartial === true) return 'a storage node is down';
  const isOfStorage = (warning: unknown) =>
    typeof warning === 'string' && !QUERY_WARNING.test(warning);
  return cleaned([warnings].flat().filter(isOfStorage), sent)[0];
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

/** What an error's body says, without any word that was sent; empty when it says nothing. */
export function errorText(body: string, sent: string): string {
  try {
    const reply: unknown = JSON.parse(body);
    return cleaned([(reply as { error?: unknown } | null)?.error], sent).join('');
  } catch {
    return '';
  }
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
  if (entries.some(([, value]) => typeof value !== 'string')) {
    throw adapterFault('adapter_response', 'a label of a series is not a text');
  }
  return `{${entries.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

/**
 * Warnings or errors without what they quote and without any word that was sent, and short enough
 * for a log. A server may quote the query whole, cut off, escaped or rewritten, so words are what
 * is looked for: those that were sent, those that hold one, and pieces of one.
 */
function cleaned(warnings: readonly unknown[], sent: string): string[] {
  const words = [...new Set(sent.toLowerCase().match(WORD))];
  const isTelling = (text: string) => text.length >= TELLING_CHARACTERS_MIN;
  const isSent = (word: string) =>
    words.some(
      (own) =>
        own === word ||
        (isTelling(own) && word.includes(own)) ||
        (isTelling(word) && own.includes(word)),
    );
  return warnings
    .filter((warning) => typeof warning === 'string')
    .slice(0, WARNINGS_MAX)
    .map((warning) =>
      warning
        .slice(0, WARNING_READ_CHARACTERS_MAX)
        .replace(/\p{Cc}+/gu, ' ')
        .replace(WORD, (word) => (isSent(word.toLowerCase()) ? '…' : word))
        .replace(/"[^"]*"|`[^`]*`|'[^']*'/g, '"…"')
        .replace(/\{[^{}]*\}?/g, '{…}')
        .slice(0, WARNING_CHARACTERS_MAX),
    );
}
