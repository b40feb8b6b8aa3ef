import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  ExternalScalerService,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import { GrpcServer } from '../../src/grpc/server.ts';
import { HttpServer } from '../../src/http/server.ts';
import { RELOAD_INTERVAL_MS, ServerTls } from '../../src/transport/server-tls.ts';
import { facesOf, TestWorkload } from '../faces.ts';
import { TestClient } from '../grpc/client.ts';
import { type Certificates, makeCertificates } from '../parts/certificates.ts';
import { cleanUp, temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';

const HOST = '127.0.0.1';
const servername = 'localhost';
const TARGET = { 'grpc.ssl_target_name_override': servername };
const CALLERS = 10;
const REF = { name: 'scaled', namespace: 'default', scalerMetadata: {} };

let sets: readonly Certificates[];
/** Every authority that was ever in use: a client that trusts them all, as during a rotation. */
let authorities: Buffer;

beforeAll(async () => {
  sets = await Promise.all([makeCertificates(), makeCertificates(), makeCertificates()]);
  authorities = Buffer.concat(await Promise.all(sets.map(({ caFile }) => readFile(caFile))));
});
afterAll(cleanUp);

async function serialShown(port: number): Promise<string> {
  const socket: TLSSocket = connect({
    host: HOST,
    servername,
    port,
    ca: authorities,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

it('renews under load: no call fails, no stream ends, new ones see it', async () => {
  const folder = temporaryFolder();
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const mount = async (set: Certificates) => {
    await copyFile(set.certFile, certFile);
    await copyFile(set.keyFile, keyFile);
  };
  await mount(sets[0] as Certificates);
  const faces = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
  faces.clock.setWall(Date.now());
  const tls = new ServerTls(
    { certFile, keyFile, clientCaFile: null },
    { ...faces, identity: 'my-api' },
  );
  const [grpc, http] = [new GrpcServer({ ...faces, tls }), new HttpServer({ ...faces, tls })];
  const grpcPort = await grpc.start({ host: HOST, port: 0 });
  const httpPort = await http.start({ host: HOST, port: 0 });
  const stop = new AbortController();
  const watching = tls.watch(stop.signal);

  const channel = credentials.createSsl(authorities);
  const clients = Array.from(
    { length: CALLERS },
    (_, i) =>
      new TestClient(ExternalScalerService, grpcPort, { ...TARGET, 'test.client': i }, channel),
  );
  const stream = (clients[0] as TestClient).open<IsActiveResponse>('streamMetricSpec', REF);
  await stream.received(1);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authorities });
  let isOver = false;
  let [calls, gets] = [0, 0];
  const sockets = new Set<unknown>();
  const failures: unknown[] = [];
  const load = [
    ...clients.map(async (client) => {
      for (; !isOver; calls++) {
        await client.call('getMetricSpec', REF).catch((error) => failures.push(error));
      }
    }),
    (async () => {
      for (; !isOver; gets++) {
        const sent = request({
          host: HOST,
          port: httpPort,
          path: '/healthz',
          agent,
          servername,
        }).end();
        const [response] = await once(sent, 'response').catch((error) => [failures.push(error)]);
        sockets.add(sent.socket);
        await text(response);
      }
    })(),
  ];

  onTestFinished(() => {
    isOver = true;
  });
  const serials = [await serialShown(grpcPort)];
  for (const set of [...sets.slice(1), ...sets]) {
    const [callsBefore, getsBefore] = [calls, gets];
    await mount(set);
    await faces.clock.advance(RELOAD_INTERVAL_MS);
    await until(
      'another certificate',
      async () => (await serialShown(grpcPort)) !== serials.at(-1),
    );
    serials.push(await serialShown(grpcPort));
    expect(await serialShown(httpPort)).toBe(serials.at(-1));
    await until('calls after it', () => calls > callsBefore + 50 && gets > getsBefore + 5);
    await setImmediate();
  }
  isOver = true;
  await Promise.all(load);
  expect(failures).toEqual([]);
  expect(sockets.size).toBe(1);
  expect(new Set(serials).size).toBe(3);
  expect(stream.messages).toHaveLength(1);
  stop.abort();
  await watching;
  for (const client of clients.slice(1)) client.close();
  agent.destroy();
  await Promise.all([grpc.stop(1_000), http.stop(1_000)]);
  expect(await stream.status).toBe(0);
  (clients[0] as TestClient).close();
});
