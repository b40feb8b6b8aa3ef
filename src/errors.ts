/**
 * Every fault that a user can meet, with the HTTP status it is answered with and what it means.
 * manifests/FAILURES.md documents the same table; a test compares the two in both directions.
 */
export const FAULTS = {
  option_invalid: { status: 400, meaning: 'an option is unknown, malformed or out of range' },
  workload_malformed: { status: 400, meaning: 'the name is not [namespace/]name in DNS-1123' },
  workload_unknown: { status: 404, meaning: 'this process does not forecast that workload' },
  route_unknown: { status: 404, meaning: 'there is no such path' },
  method_unknown: { status: 405, meaning: 'the path does not take this method' },
  request_malformed: { status: 400, meaning: 'the request is no HTTP, or names no host' },
  request_timeout: { status: 408, meaning: 'the request did not come whole in time' },
  request_unauthorized: { status: 401, meaning: 'the path wants a bearer token that is known' },
  override_invalid: { status: 400, meaning: 'an order is malformed, or out of its bounds' },
  override_forbidden: { status: 403, meaning: 'orders are taken with http-token-file alone' },
  url_too_long: { status: 414, meaning: 'the URL is over 4 KiB' },
  body_too_large: { status: 413, meaning: 'the body is over 64 KiB' },
  request_too_large: { status: 431, meaning: 'the head of the request is over 16 KiB' },
  parameter_invalid: { status: 400, meaning: 'a parameter is unknown, repeated or malformed' },
  listen_failed: { status: 500, meaning: 'an address cannot be listened on: its port is in use' },
  client_limit: { status: 503, meaning: 'a client is over a limit: connections, calls, pings' },
  tls_handshake: { status: 400, meaning: 'a client did not complete the TLS handshake' },
  tls_certificate: { status: 500, meaning: 'certificate, key or client CA cannot be used' },
  token_file: { status: 500, meaning: 'the file of bearer tokens cannot be used' },
  forecast_pending: { status: 503, meaning: 'no forecast has been made yet' },
  forecast_stale: { status: 503, meaning: 'the last forecast is too old to be served' },
  adapter_timeout: { status: 503, meaning: 'the data source did not answer in time' },
  adapter_unreachable: { status: 503, meaning: 'no connection to the data source' },
  adapter_status: { status: 503, meaning: 'the data source answered with an error status' },
  adapter_response: { status: 503, meaning: 'the answer of the data source could not be read' },
  adapter_too_large: {
    status: 503,
    meaning: 'the answer of the data source is over 4 MiB, as of a query of many series, or 8 MiB',
  },
  adapter_several_series: { status: 503, meaning: 'the query returns more than one series' },
  adapter_no_data: { status: 503, meaning: 'the query returns no sample' },
  adapter_late: { status: 503, meaning: 'the newest sample is older than the one due now' },
  sample_doubtful: { status: 503, meaning: 'the newest value is low in a way it never was' },
  clock_behind: { status: 503, meaning: 'this clock is far behind that of the data source' },
  clock_ahead: { status: 503, meaning: 'this clock is ahead of that of the data source' },
  forecaster_response: { status: 503, meaning: 'what a forecaster answered is not to be trusted' },
  series_too_short: { status: 503, meaning: 'fewer observed points than the model needs' },
  series_not_finite: { status: 503, meaning: 'the model has no finite answer for these values' },
  series_too_long: { status: 503, meaning: 'history or horizon is over the capacity' },
  model_option: { status: 400, meaning: 'an order or season length the model does not take' },
  model_failed: { status: 503, meaning: 'an external model failed or answered out of contract' },
  kernel_trap: { status: 503, meaning: 'the WebAssembly module trapped; it was started anew' },
  kernel_mismatch: { status: 500, meaning: 'the WebAssembly module is of another version' },
  store_unreachable: { status: 503, meaning: 'the snapshot store did not answer' },
  store_value: { status: 503, meaning: 'the snapshot in the store could not be read' },
  store_clock: { status: 503, meaning: 'this clock is over 30 s off that of the snapshot store' },
  writer_silent: { status: 503, meaning: 'the replica with the lease has stored nothing' },
  log_failed: { status: 500, meaning: 'a line of the log could not be written, and is lost' },
  internal: { status: 500, meaning: 'a fault of Kedastral itself' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type FaultCode = keyof typeof FAULTS;

/** Where a fault arose: the bounded label `component` of `kedastral_errors_total`. */
export type Component =
  | 'adapter'
  | 'features'
  | 'model'
  | 'kernel'
  | 'capacity'
  | 'store'
  | 'loop'
  | 'http'
  | 'grpc'
  | 'forecaster'
  | 'tls'
  | 'log'
  | 'config';

/**
 * The one error class. `message` is for people: it never holds a query or a secret, nor what a
 * terminal would obey, and has an end.
 */
export class KedastralError extends Error {
  override readonly name = 'KedastralError';

  constructor(
    readonly code: FaultCode,
    readonly component: Component,
    message: string,
    options?: ErrorOptions,
  ) {
    super(printable(message), options);
  }

  get status(): number {
    return FAULTS[this.code].status;
  }
}

/**
 * Any thrown thing as a KedastralError; what is not ours becomes `internal` with its cause kept.
 */
export function asFault(thrown: unknown, component: Component): KedastralError {
  if (thrown instanceof KedastralError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new KedastralError('internal', component, message, { cause: thrown });
}

const MESSAGE_LENGTH_MAX = 1_000;
const QUOTED_LENGTH_MAX = 100;

/** Text with parts from outside, cut where it is long; control characters as JSON writes them. */
export function printable(text: string, lengthMax = MESSAGE_LENGTH_MAX): string {
  const shown = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return shown.replace(/[^\P{Cc}\n\t]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Text from outside as a message shows it: quoted, and cut where it is long. */
export function quoted(text: string): string {
  const isLong = text.length > QUOTED_LENGTH_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text);
}

/** A value from outside as a message shows it, in JSON, and cut where it is long. */
export function quotedValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === undefined) return 'nothing';
  const text = encoded(value) ?? 'what is nested too deeply to be shown';
  return text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text;
}

/** The JSON of what JSON.parse gave, or null: it reads deeper nesting than it can write. */
export function encoded(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
