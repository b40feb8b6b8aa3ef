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

const TIME_NAME = /^(?:timestamp|time|ts|t|date|date[ _-]?time|ds|at)$/i;
const VALUE_NAME = /^(?:value|val|v|y)$/i;
const IN_ORDER = [0, 1] as const;
const SWAPPED = [1, 0] as const;

/**
 * Reads rows of two fields: a time (RFC 3339, or epoch seconds or milliseconds) and a number. A
 * first row without either is the header: `value,time` swaps the columns, of names that say
 * nothing the first is the time's. Fields may be quoted; lines end in LF or CRLF; a byte order mark
 * and blank lines are passed over.
 *
 * @throws KedastralError adapter_response naming line, field and value
 */
export function parseCsv(text: string): CsvSamples {
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  const timesSeconds = new Float64Array(lines.length);
  const values = new Float64Array(lines.length);
  let rows = 0;
  let columns: typeof IN_ORDER | typeof SWAPPED | null = null;
  for (const [index, raw] of lines.entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '') continue;
    const fields = fieldsOf(line, index + 1);
    if (columns === null) {
      columns = headerColumns(fields);
      if (columns !== null) continue;
      columns = IN_ORDER;
    }
    const timestamp = fields[columns[0]];
    const value = fields[columns[1]];
    const seconds = parseTimestamp(timestamp);
    const isNumber = VALUE.test(value);
    if (Number.isNaN(seconds) || !(isNumber || MISSING.test(value))) {
      throw badRow(index + 1, timestamp, value);
    }
    timesSeconds[rows] = seconds;
    values[rows] = isNumber ? Number(value) : Number.NaN;
    rows++;
  }
  return { timesSeconds: timesSeconds.slice(0, rows), values: values.slice(0, rows) };
}

/** Where time and value stand by the names of a header; null when the row is none. */
function headerColumns([first, second]: readonly [string, string]) {
  const isData = [first, second].some((f) => VALUE.test(f) || !Number.isNaN(parseTimestamp(f)));
  if (isData) return null;
  const isTimeSecond = TIME_NAME.test(second) && !TIME_NAME.test(first);
  const isValueFirst = VALUE_NAME.test(first) && !VALUE_NAME.test(second);
  return isTimeSecond || isValueFirst ? SWAPPED : IN_ORDER;
}

/** The two fields of a line, trimmed and unquoted (RFC 4180 §2.5–2.7, without line breaks). */
function fieldsOf(line: string, lineNumber: number): [string, string] {
  const fields = line.includes('"') ? quotedFields(line) : line.split(',');
  if (!fields) throw badLine(lineNumber, 'a quote is not closed, or text follows it', line);
  const [timestamp, value] = fields;
  if (timestamp === undefined || value === undefined || fields.length !== 2) {
    throw badLine(lineNumber, `2 fields expected, ${fields.length} found`, line);
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

function badLine(lineNumber: number, rule: string, line: string): KedastralError {
  const message = `CSV line ${lineNumber}: ${rule}: ${shown(line)}`;
  return new KedastralError('adapter_response', 'adapter', message);
}

/** The fault of a row in which one of the fields is not what it must be. */
function badRow(lineNumber: number, timestamp: string, value: string): KedastralError {
  const isTime = !Number.isNaN(parseTimestamp(timestamp));
  const what = isTime
    ? `value: ${shown(value)} is not a number`
    : `timestamp: ${shown(timestamp)} is neither RFC 3339 nor epoch seconds`;
  const isSwapped = !VALUE.test(value) && !Number.isNaN(parseTimestamp(value));
  const hint = isSwapped ? '; the time comes first, unless a header says value,timestamp' : '';
  const message = `CSV line ${lineNumber}, ${what}${hint}`;
  return new KedastralError('adapter_response', 'adapter', message);
}

function shown(text: string): string {
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text);
}
