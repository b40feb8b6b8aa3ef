import { KedastralError } from '../errors.ts';
import { type CsvColumns, columnsInOrder, columnsOfHeader } from './csv-columns.ts';
import { parseTimestamp } from './timestamp.ts';

/** The rows of a CSV in their order. */
export interface CsvSamples {
  /** Epoch seconds. */
  readonly timesSeconds: Float64Array;
  /** NaN where the field is empty, or says NaN or infinity. */
  readonly values: Float64Array;
}

/** Each character has one place: a long field that is no number is told in one pass. */
const VALUE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const MISSING = /^(?:|nan|null|na|[+-]?inf(?:inity)?)$/i;
const SHOWN_CHARACTERS_MAX = 40;

/** What a reader does with each row. */
export type OnRow = (timeSeconds: number, value: number, replicas: number) => void;

/**
 * Reads a CSV piece by piece: rows of a time (`parseTimestamp`), a number and, where wanted, a
 * number of replicas. A first row without any of them is the header and tells the columns
 * (`columnsOfHeader`). Fields may be quoted; lines end in LF or CRLF; a byte order mark and blank
 * lines are passed over.
 */
export class CsvReader {
  #rest = '';
  #lines = 0;
  #columns: CsvColumns | null = null;

  /** @param hasMore columns beside time and value are taken: `replicas`, and what is named */
  constructor(
    private readonly onRow: OnRow,
    private readonly hasMore: boolean,
  ) {}

  /** @throws KedastralError adapter_response naming line, field and value */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#line(line);
  }

  /** The last line needs no line break. */
  end(): void {
    this.#line(this.#rest);
    this.#rest = '';
  }

  #line(raw: string): void {
    this.#lines++;
    const unmarked = this.#lines === 1 && raw.startsWith('\uFEFF') ? raw.slice(1) : raw;
    const line = unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked;
    if (line.trim() === '') return;
    const fields = fieldsOf(line, this.#lines);
    if (this.#columns === null) {
      const isData = fields.some((f) => VALUE.test(f) || !Number.isNaN(parseTimestamp(f)));
      const isFitting = fields.length === 2 || (this.hasMore && fields.length > 2);
      if (!isData && isFitting) {
        this.#columns = columnsOfHeader(fields);
        return;
      }
      this.#columns = columnsInOrder(this.hasMore && fields.length === 3 ? 3 : 2);
    }
    this.#row(this.#columns, fields, line);
  }

  #row(columns: CsvColumns, fields: readonly string[], line: string): void {
    if (fields.length !== columns.count) {
      const rule = `${columns.count} fields expected, ${fields.length} found`;
      throw badLine(this.#lines, rule, line);
    }
    const timestamp = fields[columns.time] as string;
    const value = fields[columns.value] as string;
    const replicas = columns.replicas < 0 ? '' : (fields[columns.replicas] as string);
    const seconds = parseTimestamp(timestamp);
    const isNumber = VALUE.test(value);
    if (Number.isNaN(seconds) || !(isNumber || MISSING.test(value))) {
      throw badRow(this.#lines, timestamp, value);
    }
    const isCount = VALUE.test(replicas);
    if (!(isCount || MISSING.test(replicas))) {
      const message = `CSV line ${this.#lines}, replicas: ${shown(replicas)} is not a number`;
      throw new KedastralError('adapter_response', 'adapter', message);
    }
    const count = isCount ? finite(replicas) : Number.NaN;
    this.onRow(seconds, isNumber ? finite(value) : Number.NaN, count);
  }
}

/**
 * Reads rows of two fields, a time and a number (`CsvReader`).
 *
 * @throws KedastralError adapter_response naming line, field and value
 */
export function parseCsv(text: string): CsvSamples {
  const times: number[] = [];
  const values: number[] = [];
  const reader = new CsvReader((seconds, value) => {
    times.push(seconds);
    values.push(value);
  }, false);
  reader.push(text);
  reader.end();
  return { timesSeconds: Float64Array.from(times), values: Float64Array.from(values) };
}

/** The fields of a line, trimmed and unquoted (RFC 4180 §2.5–2.7, without line breaks). */
function fieldsOf(line: string, lineNumber: number): string[] {
  const fields = line.includes('"') ? quotedFields(line) : line.split(',');
  if (!fields) throw badLine(lineNumber, 'a quote is not closed, or text follows it', line);
  return fields.map((field) => field.trim());
}

const FIELD = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y;

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

/** NaN for what is over the largest number, as for what says infinity. */
function finite(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

function badLine(lineNumber: number, rule: string, line: string): KedastralError {
  const message = `CSV line ${lineNumber}: ${rule}: ${shown(line)}${separatorHint(line)}`;
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
  const message = `CSV line ${lineNumber}, ${what}${hint}${separatorHint(timestamp)}`;
  return new KedastralError('adapter_response', 'adapter', message);
}

function separatorHint(text: string): string {
  const found = [';', '\t'].find((separator) => text.includes(separator));
  const name = found === ';' ? 'semicolons' : 'tabs';
  return found ? `; fields are separated by commas, not by ${name}` : '';
}

function shown(text: string): string {
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text);
}
