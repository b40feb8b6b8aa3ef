import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Repeats one GET on `connections` keep-alive connections for `durationMs`.
 *
 * @returns milliseconds of each request
 */
export async function loadGet(
  port: number,
  path: string,
  connections: number,
  durationMs: number,
): Promise<number[]> {
  const latenciesMs: number[] = [];
  const endMs = performance.now() + durationMs;
  const one = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay();
    const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    let startedMs = performance.now();
    let expected = 0;
    let received = 0;
    socket.on('data', (bytes) => {
      if (expected === 0) expected = responseLength(bytes);
      received += bytes.length;
      if (received < expected) return;
      const nowMs = performance.now();
      latenciesMs.push(nowMs - startedMs);
      expected = 0;
      received = 0;
      startedMs = nowMs;
      if (nowMs < endMs) socket.write(request);
      else socket.destroy();
    });
    socket.write(request);
    await once(socket, 'close');
  };
  await Promise.all(Array.from({ length: connections }, one));
  return latenciesMs;
}

/** Bytes of a whole response from its head, which comes in one piece from this server. */
function responseLength(bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n');
  const text = bytes.toString('latin1', 0, head);
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  if (!text.startsWith('HTTP/1.1 200 ') || length === undefined) throw new Error(text);
  return head + 4 + Number(length);
}
