import {
  Client,
  credentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { ExternalScalerService } from '../../../src/grpc/generated/externalscaler.ts';
import type { Method, Outcome } from '../answer.ts';

const ROUND_ROBIN = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

interface Reply {
  readonly result?: boolean;
  readonly metricValues?: readonly { readonly metricValue: number }[];
}

/** KEDA's channel: round robin over addresses, no deadline, no keep-alive. */
export class RealKeda {
  readonly #client: Client;

  /** @param addresses `host:port` each */
  constructor(addresses: readonly string[]) {
    this.#client = new Client(`ipv4:${addresses.join(',')}`, credentials.createInsecure(), {
      'grpc.service_config': ROUND_ROBIN,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    });
  }

  /** One call; `by` is the address that answered, empty where none did. */
  call(method: Method, leadSeconds: number): Promise<{ outcome: Outcome; by: string }> {
    const ref = { name: 'api', namespace: 'shop', scalerMetadata: { leadTime: `${leadSeconds}s` } };
    const request =
      method === 'GetMetrics' ? { scaledObjectRef: ref, metricName: 's0-desired_replicas' } : ref;
    const definition = (ExternalScalerService as ServiceDefinition)[
      `${method[0]?.toLowerCase()}${method.slice(1)}`
    ];
    if (!definition) throw new Error(`no method ${method}`);
    const { path, requestSerialize, responseDeserialize } = definition;
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        (failure: ServiceError | null, reply?: Reply) =>
          resolve({
            outcome: failure ? failed(failure) : answered(method, reply),
            by: call.getPeer(),
          }),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

function answered(method: Method, reply?: Reply): Outcome {
  if (method === 'GetMetricSpec') return { kind: 'spec' };
  if (method === 'IsActive') return { kind: 'active', isActive: reply?.result ?? false };
  return { kind: 'replicas', replicas: reply?.metricValues?.[0]?.metricValue ?? 0 };
}

/** A status that the sidecar chose says the workload; any other is the connection's. */
function failed({ code, details }: ServiceError): Outcome {
  const isTransport = code === status.UNAVAILABLE && !details.startsWith('shop/api:');
  if (isTransport || code === status.CANCELLED) return { kind: 'unreachable' };
  return { kind: 'error', status: status[code], why: details };
}
