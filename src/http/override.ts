import { parseTimestamp } from '../adapters/timestamp.ts';
import { isoTime } from '../clock.ts';
import { formatDuration, parseDuration } from '../config/duration.ts';
import { KedastralError, quoted, quotedValue } from '../errors.ts';
import { OVERRIDE_KINDS, type Override } from '../forecast/override.ts';
import type { ReplicaBounds } from '../forecast/served.ts';

export interface OverrideLimits extends ReplicaBounds {
  readonly nowSeconds: number;
  /** How long an order may be given for. */
  readonly maxSeconds: number;
}

const FIELDS: readonly string[] = [...OVERRIDE_KINDS, 'until'];

/**
 * The order that a body gives: `{"replicas": 12, "until": "2h"}`, or `atLeast` in place of
 * `replicas`; `until` is a time (RFC 3339 with its offset) or a duration from now.
 *
 * @param by who gives it
 * @throws KedastralError override_invalid, with field and value: nothing is bent to fit
 */
export function parseOverride(body: string, by: string, limits: OverrideLimits): Override {
  const order = objectOf(body);
  const unknown = Object.keys(order).find((name) => !FIELDS.includes(name));
  if (unknown) throw invalid(`${quoted(unknown)} is unknown; known: ${FIELDS.join(', ')}`);
  const [kind, other] = OVERRIDE_KINDS.filter((name) => order[name] !== undefined);
  if (!kind || other) throw invalid('one of replicas and atLeast is due');
  const replicas = order[kind];
  const least = kind === 'atLeast' ? Math.max(1, limits.minReplicas) : limits.minReplicas;
  if (!isWholeWithin(replicas, least, limits.maxReplicas)) {
    const rule = `a whole number from ${least} to ${limits.maxReplicas}, the bounds min and max`;
    throw invalid(`${kind} ${quotedValue(replicas)} is not ${rule}`);
  }
  const until = untilOf(order.until, limits);
  return { kind, replicas, until: isoTime(until), at: isoTime(limits.nowSeconds), by };
}

function objectOf(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const twice = repeatedName(body);
    if (twice !== undefined) throw invalid(`${quoted(twice)} is given twice`);
    return value as Record<string, unknown>;
  }
  throw invalid('the body is not a JSON object such as {"replicas": 12, "until": "2h"}');
}

/** Of an object's own names the first that is there again; JSON.parse takes the last silently. */
function repeatedName(json: string): string | undefined {
  const names = new Set<string>();
  let depth = 0;
  for (const [, text, bracket] of json.matchAll(
    /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|([[\]{}])/g,
  )) {
    if (bracket) depth += bracket === '{' || bracket === '[' ? 1 : -1;
    if (text === undefined || depth !== 1) continue;
    const name = JSON.parse(text) as string;
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}

function isWholeWithin(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

function untilOf(value: unknown, { nowSeconds, maxSeconds }: OverrideLimits): number {
  if (typeof value !== 'string') throw invalid('until is due: a time, or a duration such as 2h');
  const duration = parseDuration(value);
  // A bare date, or a time without its offset, means different things to different people.
  const isTime = /T.*(?:Z|[+-]\d\d:\d\d)$/i.test(value);
  const time = isTime ? parseTimestamp(value) : Number.NaN;
  const seconds = duration === undefined ? time : nowSeconds + duration;
  if (Number.isNaN(seconds)) {
    const rule = 'neither a time such as 2026-11-21T18:00:00Z nor a duration such as 2h';
    throw invalid(`until ${quoted(value)} is ${rule}`);
  }
  if (seconds <= nowSeconds) throw invalid(`until ${quoted(value)} is not in the future`);
  if (seconds > nowSeconds + maxSeconds) {
    const most = formatDuration(maxSeconds);
    throw invalid(`until ${quoted(value)} is over override-max from now, ${most}`);
  }
  return seconds;
}

function invalid(message: string): KedastralError {
  return new KedastralError('override_invalid', 'http', message);
}
