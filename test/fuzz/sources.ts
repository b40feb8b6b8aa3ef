import fc from 'fast-check';
import type { DataAdapter, GridRange, Samples } from '../../src/adapters/adapter.ts';
import { httpAdapter } from '../../src/adapters/http.ts';
import { prometheusAdapter } from '../../src/adapters/prometheus.ts';
import { errorText, parseMatrix } from '../../src/adapters/prometheus-reply.ts';
import { victoriametricsAdapter } from '../../src/adapters/victoriametrics.ts';
import type { FaultCode, KedastralError } from '../../src/errors.ts';
import { guard } from '../../src/features/guard.ts';
import { History } from '../../src/features/history.ts';
import { MAX_MAGNITUDE } from '../../src/features/quality.ts';
import { byomModel } from '../../src/models/byom.ts';
import { PromptClock } from '../adapters/test-server.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, seriesOf } from '../models/series.ts';
import { corpusTexts } from './corpus.ts';
import { mutatedJson, mutatedText } from './mutations.ts';
import { SECRET } from './nasty.ts';
import { RawServer } from './raw-server.ts';
import { accepted, claim, claimTellable, type Opened, type Target, target } from './target.ts';

const RANGE: GridRange = { startSeconds: 0, endSeconds: 7_200, stepSeconds: 60 };
const QUERY = `sum(rate(${SECRET}{app="{{workload}}"}[2m]))`;
const REPLY_FAULTS: readonly FaultCode[] = [
  'adapter_response',
  'adapter_status',
  'adapter_too_large',
  'adapter_unreachable',
];
const HISTORY = { stepSeconds: 60, historySeconds: 7_200, windowSeconds: 1_800 };
const never = new AbortController().signal;

/** What an adapter gives is as it promises, and the grid that comes of it is what a model takes. */
export function claimSamples(samples: Samples, range = RANGE): void {
  const { timesSeconds, values, warnings } = samples;
  claim(timesSeconds.length === values.length, 'as many times as values');
  for (const warning of warnings) if (warning !== '') claimTellable(warning);
  const history = new History(HISTORY);
  history.add(samples, range);
  const series = history.series(range.endSeconds);
  claim(series.values.length <= HISTORY.historySeconds / HISTORY.stepSeconds, 'kept at most');
  const isSound = (value: number) => Number.isNaN(value) || Math.abs(value) <= MAX_MAGNITUDE;
  claim(series.values.every(isSound), 'the grid holds measurements, or nothing');
  const { memory, observed } = guard(series);
  claim(memory.every(isSound) && observed.every(isSound), 'so does what the guard leaves');
}

const prometheusReply = target(
  'prometheus-reply',
  20,
  mutatedJson(corpusTexts('prometheus')),
  async (body) => {
    const reply = await accepted(() => parseMatrix(body, QUERY), ['adapter_response']);
    for (const { labels, timesSeconds, values } of reply?.series ?? []) {
      claim(labels.startsWith('{') && labels.endsWith('}'), `labels are ${labels}`);
      claimSamples({ timesSeconds, values, warnings: reply?.warnings ?? [] });
    }
    const told = errorText(body, QUERY);
    if (told !== '') claimTellable(told);
  },
);

const HEADS = [
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n',
  'HTTP/1.1 200 OK\r\ndate: Fri, 14 Nov 2023 22:13:20 GMT\r\netag: "a"\r\n\r\n',
  'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\r\n',
  'HTTP/1.1 302 Found\r\nlocation: http://hunter2hunter2@elsewhere/\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n',
  'HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\n',
];

/** A reply of HTTP: mostly a good head before a mutated body, else a bent head. */
function replies(folder: string): fc.Arbitrary<string> {
  const heads = fc.oneof(
    { arbitrary: fc.constant(HEADS[0] as string), weight: 4 },
    { arbitrary: fc.constantFrom(...HEADS), weight: 1 },
    {
      arbitrary: mutatedText(HEADS, ['transfer-encoding: chunked\r\n', 'ffffffff\r\n']),
      weight: 1,
    },
  );
  return fc.tuple(heads, mutatedJson(corpusTexts(folder))).map(([head, body]) => head + body);
}

/** Adapters that a whole reply is given to, over a socket. */
function adapterTarget(
  name: string,
  folder: string,
  adaptersOf: (url: string, clock: PromptClock) => readonly DataAdapter[],
): Target<string> {
  const open = async (): Promise<Opened<string>> => {
    const server = await RawServer.start();
    const adapters = adaptersOf(server.url(`user:${SECRET}@`), new PromptClock(7_200_000));
    return {
      check: async (reply) => {
        server.answer = Buffer.from(reply);
        for (const adapter of adapters) {
          const samples = await accepted(() => collected(adapter), REPLY_FAULTS);
          if (samples) claimSamples(samples);
        }
      },
      close: () => server.close(),
    };
  };
  return { name, weight: 1, inputs: replies(folder), open };
}

/** Null for several series: their labels are told, and a reply may hold anything there. */
async function collected(adapter: DataAdapter): Promise<Samples | null> {
  try {
    return await adapter.collect(RANGE, never);
  } catch (thrown) {
    if ((thrown as Partial<KedastralError>).code === 'adapter_several_series') return null;
    throw thrown;
  }
}

const workload = { namespace: 'shop', name: 'my-api' };

const prometheus = adapterTarget('prometheus', 'prometheus', (url, clock) => {
  const options = { promUrl: url, promQuery: QUERY, maxResponseBytes: 10_000, workload };
  return [prometheusAdapter(options, clock), victoriametricsAdapter(options, clock)];
});

const httpDocument = adapterTarget('http-document', 'document', (url, clock) => {
  const of = (httpValuePath: string, httpTimePath: string | null) =>
    httpAdapter({ httpUrl: `${url}/{{workload}}`, httpValuePath, httpTimePath, workload }, clock);
  return [of('points[].rps', 'points[].at'), of('rps', null), of('points[-1].rps', 'points[0].at')];
});

/** Answers of a model that is somebody else's. */
const byom: Target<string> = {
  name: 'byom',
  weight: 1,
  inputs: replies('byom'),
  open: async () => {
    const server = await RawServer.start();
    const model = byomModel(await loadKernel(), server.url(`user:${SECRET}@`));
    const series = seriesOf([5, Number.NaN, 7, 8]);
    return {
      check: async (reply) => {
        server.answer = Buffer.from(reply);
        const fitted = await accepted(() => model.fit(series, contextOf(3)), ['model_failed']);
        if (!fitted) return;
        const { point, standardErrors } = fitted.prediction;
        claim(point.length === 3 && point.every(Number.isFinite), 'three finite values');
        claim(
          standardErrors.every((error) => error >= 0),
          'standard errors from 0 on',
        );
      },
      close: () => server.close(),
    };
  },
};

export const SOURCE_TARGETS = [prometheusReply, prometheus, httpDocument, byom];
