import {
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  makeGenericClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { type GrpcParts, GrpcServer } from '../../src/grpc/server.ts';

/** A grpc-js client of one service, with promises. */
export class TestClient {
  readonly #client;

  constructor(
    definition: ServiceDefinition,
    port: number,
    options: ClientOptions = {},
    channel = credentials.createInsecure(),
  ) {
    const Client = makeGenericClientConstructor(definition, 'Test');
    this.#client = new Client(`127.0.0.1:${port}`, channel, options);
  }

  /** Rejects with the ServiceError of a status other than OK. */
  call<R>(method: string, request: object): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#client[method]?.(request, (error: ServiceError | null, response: unknown) => {
        if (error) reject(error);
        else resolve(response as R);
      });
    });
  }

  /** The status of a call that must fail. */
  async failure(method: string, request: object): Promise<{ code: number; details: string }> {
    try {
      await this.call(method, request);
    } catch (error) {
      const { code, details } = error as ServiceError;
      return { code, details };
    }
    throw new Error(`${method} answered`);
  }

  open<R>(method: string, request: object): TestStream<R> {
    return new TestStream(
      this.#client[method]?.(request) as unknown as ClientReadableStream<unknown>,
    );
  }

  close(): void {
    this.#client.close();
  }
}

/** What came over a server stream so far. */
export class TestStream<R> {
  readonly messages: R[] = [];
  /** 0 is a clean end. */
  readonly status: Promise<number>;
  #wake: () => void = () => undefined;

  constructor(private readonly stream: ClientReadableStream<unknown>) {
    stream.on('data', (message) => {
      this.messages.push(message as R);
      this.#wake();
    });
    stream.on('error', () => undefined);
    this.status = new Promise((resolve) => {
      stream.on('status', ({ code }) => resolve(code));
    });
  }

  /** Waits until `count` messages came in all. */
  async received(count: number): Promise<readonly R[]> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.messages;
  }

  cancel(): void {
    this.stream.cancel();
  }
}

/** A gRPC face on a free port. */
export async function serving(faces: GrpcParts): Promise<{ server: GrpcServer; port: number }> {
  const server = new GrpcServer(faces);
  return { server, port: await server.start({ host: '127.0.0.1', port: 0 }) };
}
