import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Faces } from '../../src/cli/faces.ts';
import { facesOf, PLAIN, TestWorkload } from '../faces.ts';
import { type Certificates, makeCertificates } from '../parts/certificates.ts';
import { cleanUp, temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const RETRY_MS = 30_000;

let set: Certificates;
let tokenFile: string;
let parts: ReturnType<typeof facesOf>;

beforeAll(async () => {
  set = await makeCertificates();
});
afterAll(cleanUp);
beforeEach(async () => {
  tokenFile = join(temporaryFolder(), 'tokens');
  await writeFile(tokenFile, 'good');
  parts = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
  parts.clock.setWall(Date.now());
});

const options = (keyFile: string, injected = false) => ({
  ...PLAIN,
  listen: LOCAL,
  grpcListen: LOCAL,
  injected,
  identity: 'my-api',
  tlsCertFile: set.certFile,
  tlsKeyFile: keyFile,
  httpTokenFile: tokenFile,
});

async function statusOf(port: number | null, authorization: string): Promise<number> {
  const ca = await readFile(set.caFile);
  const to = { host: LOCAL.host, port, path: '/workloads', ca, servername: 'localhost' };
  const [response] = await once(get({ ...to, headers: { authorization } }), 'response');
  await text(response);
  return response.statusCode;
}

it('serves over TLS to who has a token', async () => {
  const faces = new Faces(options(set.keyFile), parts);
  const { httpPort } = await faces.start();
  expect(await statusOf(httpPort, 'Bearer good')).toBe(200);
  expect(await statusOf(httpPort, 'Bearer bad')).toBe(401);
  await faces.stop(0);
});

it.each<[string, () => Promise<string>, () => Promise<void>, string]>([
  [
    'a bad certificate',
    async () => join(temporaryFolder(), 'no.key'),
    async () => undefined,
    'tls_certificate',
  ],
  ['a bad token file', async () => set.keyFile, () => writeFile(tokenFile, ''), 'token_file'],
])('ends on %s, and leaves nothing listening', async (_what, keyFile, spoil, code) => {
  await spoil();
  const faces = new Faces(options(await keyFile()), parts);
  await expect(faces.start()).rejects.toMatchObject({ code });
  expect(parts.clock.sleeping).toBe(0);
});

it('injected, waits for a good certificate and serves then', async () => {
  const keyFile = join(temporaryFolder(), 'late.key');
  await writeFile(keyFile, 'not yet');
  const faces = new Faces(options(keyFile, true), parts);
  expect(await faces.start()).toEqual({ httpPort: null, grpcPort: null });
  await copyFile(set.keyFile, keyFile);
  await parts.clock.advance(RETRY_MS);
  const listening = () => parts.lines.filter(({ msg }) => msg === 'listening at last');
  await until('both faces listen', () => listening().length === 2);
  const http = listening().find(({ component }) => component === 'http');
  expect(await statusOf(http?.port as number, 'Bearer good')).toBe(200);
  await faces.stop(0);
});
