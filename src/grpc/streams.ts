import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Clock } from '../clock.ts';

/** How soon a change is seen. */
const WATCH_INTERVAL_MS = 1_000;
/**
 * A stream ends with OK before its connection's age does, so that no connection is cut with a
 * stream on it: to KEDA that is an error, and a wait of up to a minute; a clean end, two seconds.
 */
export const STREAM_AGE_MAX_MS = 240_000;

interface OpenStream {
  readonly openedMs: number;
  /** Sends the present state when it is known and not the one sent last. */
  update(): void;
  end(): void;
}

/** The open server streams: each is told the present state at once, then each change. */
export class OpenStreams {
  readonly #open = new Set<OpenStream>();
  readonly #closed = new AbortController();
  #isWatching = false;

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#open.size;
  }

  /**
   * @param state the message of the present state, one object each; undefined = unknown, null =
   * there will be none any more: the stream ends with OK
   */
  add<M>(call: ServerWritableStream<unknown, M>, state: () => M | undefined | null): void {
    let sent: M | undefined;
    const stream: OpenStream = {
      openedMs: this.clock.monotonicMs(),
      update: () => {
        if (call.writableNeedDrain) return;
        const now = state();
        if (now === null) stream.end();
        if (now === null || now === undefined || now === sent) return;
        sent = now;
        call.write(now);
      },
      end: () => {
        this.#open.delete(stream);
        call.end();
      },
    };
    this.#open.add(stream);
    const forget = (): void => {
      this.#open.delete(stream);
    };
    call.on('cancelled', forget);
    call.on('error', forget);
    stream.update();
    if (this.#closed.signal.aborted) stream.end();
    else if (!this.#isWatching) void this.#watch();
  }

  /** Sends the last change, if any, and ends every stream with OK; later ones end at once. */
  close(): void {
    this.#closed.abort();
    for (const stream of this.#open) {
      stream.update();
      stream.end();
    }
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (this.#open.size > 0) {
      await this.clock.sleep(WATCH_INTERVAL_MS, this.#closed.signal).catch(() => undefined);
      const nowMs = this.clock.monotonicMs();
      for (const stream of this.#open) {
        stream.update();
        if (nowMs - stream.openedMs >= STREAM_AGE_MAX_MS) stream.end();
      }
    }
    this.#isWatching = false;
  }
}
