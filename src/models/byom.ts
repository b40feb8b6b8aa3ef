import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { KedastralError } from '../errors.ts';
import type { Series } from '../features/series.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { FitContext, Model } from './model.ts';

/** Time for the whole exchange. */
const DEADLINE_MS = 10_000;
/** A horizon of 2,880 numbers is about 60 kB of JSON. */
const RESPONSE_BYTES_MAX = 1_048_576;
/** The newest points that are sent; at one minute a day and a half. */
const FEATURES_MAX = 2_000;

/**
 * Bring your own model: a service that speaks
 * `POST /predict {now, horizonSeconds, stepSeconds, features: [{ts, value, hour, dayOfWeek}]}
 * → {metric, values}`, one value a step, in the metric's unit.
 *
 * Times are RFC 3339 in UTC, `dayOfWeek` counts from 0 = Sunday; missing steps are left out. The
 * standard errors are those of the last value (a random walk): the service gives none.
 *
 * @param url http(s); `/predict` is added unless its path ends in it
 */
export function byomModel(kernel: Kernel, url: string): Model {
  const target = predictUrl(url);
  return {
    name: 'byom',
    async fit(series, context) {
      const answer = await post(target, requestBody(series, context), context.signal);
      const point = readValues(answer, context.horizonSteps);
      const { standardErrors } = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.lastValue(n, horizon),
      );
      return { description: { name: 'byom' }, prediction: { point, standardErrors } };
    },
  };
}

function fault(message: string, cause?: unknown): KedastralError {
  return new KedastralError('model_failed', 'model', message, { cause });
}

function predictUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new KedastralError('model_option', 'model', 'byom-url is not an http(s) URL');
  }
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith('/predict') ? path : `${path}/predict`;
  return url;
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function requestBody(series: Series, context: FitContext): string {
  const { values, stepSeconds, cutoffSeconds } = series;
  const features: object[] = [];
  for (let i = Math.max(0, values.length - FEATURES_MAX); i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    const seconds = cutoffSeconds - (values.length - 1 - i) * stepSeconds;
    const time = new Date(seconds * 1000);
    const [hour, dayOfWeek] = [time.getUTCHours(), time.getUTCDay()];
    features.push({ ts: rfc3339(seconds), value, hour, dayOfWeek });
  }
  const horizonSeconds = context.horizonSteps * stepSeconds;
  return JSON.stringify({ now: rfc3339(cutoffSeconds), horizonSeconds, stepSeconds, features });
}

function exchangeFault(thrown: unknown, late: boolean): KedastralError {
  if (late) return fault(`no answer within ${DEADLINE_MS / 1000} s`);
  const code = (thrown as NodeJS.ErrnoException).code ?? 'no code';
  return fault(`the exchange with the model's service broke off (${code})`, thrown);
}

/** Sends `body` and returns the answer's text; redirects are not followed. */
function post(url: URL, body: string, signal: AbortSignal): Promise<string> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  return new Promise<string>((resolve, reject) => {
    const fail = (thrown: unknown): void => {
      reject(signal.aborted ? signal.reason : exchangeFault(thrown, deadline.aborted));
    };
    const outgoing = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.any([signal, deadline]),
    });
    const refuse = (message: string): void => {
      reject(fault(message));
      outgoing.destroy();
    };
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      incoming.on('error', fail);
      if (incoming.statusCode !== 200) {
        refuse(`the model's service answered ${incoming.statusCode}`);
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > RESPONSE_BYTES_MAX) refuse(`the answer is over ${RESPONSE_BYTES_MAX} bytes`);
        else chunks.push(chunk);
      });
      incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    outgoing.end(body);
  });
}

/** The answer's `values`, `horizonSteps` finite numbers. */
function readValues(text: string, horizonSteps: number): Float64Array {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // JSON.parse quotes the answer in its message, so its error is not passed on.
    throw fault("the model's answer is not JSON");
  }
  const values = (answer as { values?: unknown } | null)?.values;
  if (!Array.isArray(values)) throw fault("the model's answer has no values");
  if (values.length !== horizonSteps) {
    throw fault(`the model answered ${values.length} values, expected ${horizonSteps}`);
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw fault(`value ${wrong} of the model's answer is not a finite number`);
  return Float64Array.from(values);
}
