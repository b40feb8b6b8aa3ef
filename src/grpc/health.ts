import { Status } from '@grpc/grpc-js/build/src/constants.js';
import {
  type HealthCheckResponse,
  type HealthServer,
  HealthCheckResponse_ServingStatus as Serving,
} from './generated/health.ts';
import type { OpenStreams } from './streams.ts';

/** One object per state: a stream sends on change of the object. */
const SERVING: HealthCheckResponse = { status: Serving.SERVING };
const NOT_SERVING: HealthCheckResponse = { status: Serving.NOT_SERVING };
const SERVICE_UNKNOWN: HealthCheckResponse = { status: Serving.SERVICE_UNKNOWN };

/**
 * grpc.health.v1: SERVING from the first connection to the drain. Whether a forecast can be served
 * is no part of it: an unhealthy backend would be left out, and KEDA told nothing.
 */
export class Health {
  readonly #services: readonly string[];
  #state = SERVING;

  /** @param services full names; the empty name, the server as a whole, is always known */
  constructor(
    services: readonly string[],
    private readonly streams: OpenStreams,
  ) {
    this.#services = ['', ...services];
  }

  drain(): void {
    this.#state = NOT_SERVING;
  }

  get service(): HealthServer {
    return {
      check: ({ request }, callback) => {
        const state = this.#stateOf(request.service);
        if (state) callback(null, state);
        else callback({ code: Status.NOT_FOUND, details: 'there is no such service' });
      },
      list: (_call, callback) => {
        const statuses = Object.fromEntries(this.#services.map((name) => [name, this.#state]));
        callback(null, { statuses });
      },
      watch: (call) =>
        this.streams.add(call, () => this.#stateOf(call.request.service) ?? SERVICE_UNKNOWN),
    };
  }

  #stateOf(service: string): HealthCheckResponse | undefined {
    return this.#services.includes(service) ? this.#state : undefined;
  }
}
