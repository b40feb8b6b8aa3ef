import {
  ExternalScalerService,
  GetMetricsRequest,
  type GetMetricsResponse,
  ScaledObjectRef,
} from '../../src/grpc/generated/externalscaler.ts';
import { HealthCheckRequest } from '../../src/grpc/generated/health.ts';
import { facesOf, TestWorkload } from '../faces.ts';
import { Http2Client, message } from '../grpc/attacker.ts';
import { serving, TestClient } from '../grpc/client.ts';
import { corpusBytes } from './corpus.ts';
import { exchange } from './http.ts';
import { mutatedBytes } from './mutations.ts';
import { claim, type Opened, type Target, target } from './target.ts';

const REF = { name: 'scaled', namespace: 'default', scalerMetadata: {} };
const PATHS = Object.values(ExternalScalerService).filter(({ responseStream }) => !responseStream);
/** OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL (no message), UNAVAILABLE. */
const STATUSES = ['0', '3', '8', '12', '13', '14'];
const PATIENCE_MS = 5;
const MESSAGES = mutatedBytes(corpusBytes('message'));

interface Codec<M> {
  decode(input: Uint8Array): M;
  encode(message: M): { finish(): Uint8Array };
}

/** What can be decoded means the same when it is encoded again. */
function claimRoundTrip<M>(codec: Codec<M>, input: Buffer): void {
  let decoded: M;
  try {
    decoded = codec.decode(input);
  } catch (thrown) {
    // grpc-js makes a status of it; the generated code and its library throw these.
    const isTheirs = thrown instanceof Error && !(thrown instanceof TypeError);
    claim(isTheirs, `decoding failed: ${thrown}`);
    return;
  }
  const again = codec.decode(codec.encode(decoded).finish());
  claim(JSON.stringify(again) === JSON.stringify(decoded), 'encoded again it is the same');
}

const protobuf = target('protobuf', 20, MESSAGES, (input) => {
  claimRoundTrip(ScaledObjectRef, input);
  claimRoundTrip(GetMetricsRequest, input);
  claimRoundTrip(HealthCheckRequest, input);
});

/** A server, and KEDA's question that it must go on answering. */
async function scaler() {
  const faces = facesOf(new TestWorkload('my-api').forecast(1, 2, 3, 2));
  const { server, port } = await serving(faces);
  const client = new TestClient(ExternalScalerService, port);
  return {
    port,
    claimAnswers: async () => {
      const { metricValues } = await client.call<GetMetricsResponse>('getMetrics', {
        scaledObjectRef: REF,
        metricName: '',
      });
      const [{ metricValue, metricValueFloat } = {}] = metricValues;
      const isRight = metricValues.length === 1 && metricValue === 3 && metricValueFloat === 3;
      claim(isRight, `KEDA is answered ${JSON.stringify(metricValues)}`);
      (faces.lines as unknown[]).length = 0;
    },
    close: async () => {
      client.close();
      await server.stop(0);
    },
  };
}

/** Calls with bent messages over a good connection. */
const calls: Target<Buffer> = {
  name: 'grpc-message',
  weight: 1,
  inputs: MESSAGES,
  open: async (): Promise<Opened<Buffer>> => {
    const { port, claimAnswers, close } = await scaler();
    const attacker = await new Http2Client(port).ready();
    return {
      check: async (input) => {
        for (const { path } of PATHS) {
          const call = attacker.begin(path);
          call.stream.end(message(input));
          const status = await Promise.race([call.status, call.ended]);
          claim(STATUSES.includes(String(status)), `${path} ends with ${status}`);
          if (path.endsWith('GetMetricSpec') && status !== '0') {
            claim(status === '13' || status === '8', 'GetMetricSpec answers every message');
          }
        }
        await claimAnswers();
      },
      close: async () => {
        attacker.session.destroy();
        await close();
      },
    };
  },
};

/** Frames, or what should be. */
const frames: Target<Buffer> = {
  name: 'grpc-bytes',
  weight: 1,
  inputs: mutatedBytes(corpusBytes('raw-http2')),
  open: async (): Promise<Opened<Buffer>> => {
    const { port, claimAnswers, close } = await scaler();
    return {
      check: async (input) => {
        // An open stream lives on when its client says no more, until its time is over.
        await exchange(port, input, PATIENCE_MS);
        await claimAnswers();
      },
      close,
    };
  },
};

export const GRPC_TARGETS = [protobuf, calls, frames];
