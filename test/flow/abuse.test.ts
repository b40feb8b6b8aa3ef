import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ExternalScalerService } from '../../src/grpc/generated/externalscaler.ts';
import { ATTACKER, Http2Client, message } from '../grpc/attacker.ts';
import { TestClient } from '../grpc/client.ts';
import { Sidecar } from '../parts/sidecar.ts';

const REF = { name: 'my-api', namespace: 'default', scalerMetadata: {} };
const ANSWER_MS_MAX = 3_000;
/** What all that one address may hold at once costs at most, garbage included. */
const GROWTH_MB_MAX = 130;
const ROUNDS = 3;

/** Resident megabytes, and the most there ever were. */
function memoryMb({ program }: Sidecar, field: 'VmRSS' | 'VmHWM'): number {
  // setpriv becomes the program: the process is the sidecar itself.
  const text = readFileSync(`/proc/${program.pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1]) / 1024;
}

/** As many connections as are let in, each with as many unfinished calls as are let in. */
async function hoardCalls(port: number): Promise<void> {
  const half = message(Buffer.alloc(16_000)).subarray(0, 15_000);
  const clients = Array.from({ length: 300 }, () => new Http2Client(port));
  await delay(300);
  for (const client of clients) {
    if (client.session.destroyed) continue;
    for (let i = 0; i < 20; i++) client.begin().stream.write(half);
  }
  await delay(1_500);
  for (const { session } of clients) session.destroy();
}

async function hoardHeads(port: number): Promise<void> {
  const head = `GET /forecast/current HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(15_000)}`;
  const sockets: Socket[] = Array.from({ length: 300 }, () => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: ATTACKER });
    socket.on('error', () => undefined).write(head);
    return socket;
  });
  await delay(1_500);
  for (const socket of sockets) socket.destroy();
}

it('keeps its memory and its other clients while one address takes all it can get', async () => {
  const sidecar = await Sidecar.start();
  await sidecar.forecast();
  const [httpPort, grpcPort] = [sidecar.httpAddress, sidecar.grpcAddress].map((address) =>
    Number(address.split(':')[1]),
  ) as [number, number];
  const before = memoryMb(sidecar, 'VmRSS');
  const bystander = new TestClient(ExternalScalerService, grpcPort);
  const answersMs: number[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const askedMs = performance.now();
      expect(await bystander.call('isActive', REF)).toEqual({ result: true });
      expect((await fetch(`${sidecar.url}/forecast/current`)).status).toBe(200);
      answersMs.push(performance.now() - askedMs);
      await delay(50);
    }
  })();
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([hoardCalls(grpcPort), hoardHeads(httpPort)]);
    peaks.push(memoryMb(sidecar, 'VmHWM') - before);
  }
  isOver = true;
  await watching;
  expect(Math.max(...answersMs)).toBeLessThan(ANSWER_MS_MAX);
  expect(answersMs.length).toBeGreaterThan(10);
  expect(Math.max(...peaks)).toBeLessThan(GROWTH_MB_MAX);
  expect(await sidecar.errors('grpc', 'client_limit')).toBeGreaterThan(1_000);
  expect(await sidecar.errors('http', 'client_limit')).toBeGreaterThan(49 * ROUNDS);
  bystander.close();
  expect(await sidecar.stop()).toEqual({ code: 0, signal: null });
  process.stdout.write(`  peaks +${peaks.map((mb) => mb.toFixed(0)).join(', ')} MB\n`);
});
