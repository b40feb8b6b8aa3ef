import { KedastralError } from '../errors.ts';
import { parseTimestamp } from './timestamp.ts';

/** The rows of a CSV in their order. */
export interface CsvSamples {
  /** Epoch seconds. */
  readonly timesSeconds: Float64Array;
  /** NaN where the field is empty or says NaN. */
  readonly values: Float64Array;
}

const VALUE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MISSING = /^(?:|nan|null|na)$/i;
const SHOWN_CHARACTERS_MAX = 40;

/**
 * Reads `timestamp,value` rows: RFC 3339 or epoch seconds or milliseconds, and a number. A first
 * row without a timestamp is the header, whatever its names. Fields may be quoted; lines end in LF
 * or CRLF; a byte order mark and blank lines are passed over.
 *
 * @throws KedastralError adapter_response naming line, field and value
 */
export function parseCsv(text: string): CsvSamples {
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  const timesSeconds = new Float64Array(lines.length);
  const values = new Float64Array(lines.length);
  let rows = 0;
  let isFirst = true;
  for (const [index, raw] of lines.entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '') continue;
    const [timestamp, value] = fieldsOf(line, index + 1);
    const seconds = parseTimestamp(timestamp);
    const isHeader = isFirst && Number.isNaN(seconds) && !VALUE.test(value);
    isFirst = false;
    if (isHeader) continue;
    if (Number.isNaN(seconds)) throw badField(index + 1, 'timestamp', timestamp);
    const isNumber = VALUE.test(value);
    if (!isNumber && !MISSING.test(value)) throw badField(index + 1, 'value', value);
    timesSeconds[rows] = seconds;
    values[rows] = isNumber ? Number(value) : Number.NaN;
    rows++;
  }
  return { timesSeconds: timesSeconds.slice(0, rows), values: values.slice(0, rows) };
}

/** The two fields of a line, trimmed and unquoted (RFC 4180 §2.5–2.7, without line breaks). */
function fieldsOf(line: string, lineNumber: number): [string, string] {
  const fields = line.includes('"') ? quotedFields(line) : line.split(',');
  if (!fields) throw badRow(lineNumber, 'a quote is not closed, or text follows it', line);
  const [timestamp, value] = fields;
  if (timestamp === undefined || value === undefined || fields.length !== 2) {
    throw badRow(lineNumber, `2 fields expected, ${fields.length} found`, line);
  }
  return [timestamp.trim(), value.trim()];
}

const FIELD = /\s*(?:"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y;

function quotedFields(line: string): string[] | null {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(line);
    if (!match) return null;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}

function badRow(lineNumber: number, rule: string, line: string): KedastralError {
  const message = `CSV line ${lineNumber}: ${rule}: ${shown(line)}`;
  return new KedastralError('adapter_response', 'adapter', message);
}

function badField(lineNumber: number, field: string, value: string): KedastralError {
  const rule = field === 'value' ? 'is not a number' : 'is neither RFC 3339 nor epoch seconds';
  const message = `CSV line ${lineNumber}, ${field}: ${shown(value)} ${rule}`;
  return new KedastralError('adapter_response', 'adapter', message);
}

function shown(text: string): string {
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text);
}
