import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { Faces } from '../../src/cli/faces.ts';
import { facesOf, PLAIN, TestWorkload } from '../faces.ts';

const HOST = '127.0.0.1';
const RETRY_MS = 30_000;

/** A server that has a port, as the application beside a sidecar does. */
async function application() {
  const server = createServer().listen({ host: HOST, port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { server, address: { host: HOST, port } };
}

it('tries an injected face again, slowly, until it can listen', async () => {
  const { server, address } = await application();
  const parts = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
  const other = { host: HOST, port: 0 };
  const options = { ...PLAIN, listen: address, grpcListen: other, injected: true };
  const faces = new Faces(options, parts);
  expect(await faces.start()).toEqual({ httpPort: null, grpcPort: expect.any(Number) });

  await parts.clock.advance(12 * RETRY_MS);
  const failures = parts.lines.filter(({ code }) => code === 'listen_failed');
  expect(failures.length).toBeGreaterThan(10);
  expect((await parts.metrics.scrape()).body).toContain(
    `{workload="my-api",component="http",reason="listen_failed"} ${failures.length}`,
  );
  await new Promise((resolve) => server.close(resolve));
  await parts.clock.advance(RETRY_MS);
  await expect.poll(() => fetch(`http://${HOST}:${address.port}/healthz`)).toBeTruthy();
  expect(parts.lines).toContainEqual(
    expect.objectContaining({ msg: 'listening at last', component: 'http', port: address.port }),
  );
  await faces.stop(0);
});

it('stops while a face still waits for its port', async () => {
  const { server, address } = await application();
  const other = { host: HOST, port: 0 };
  const options = { ...PLAIN, listen: other, grpcListen: address, injected: true };
  const faces = new Faces(options, facesOf());
  await faces.start();
  await faces.stop(0);
  server.close();
});

it('fails, and leaves nothing listening, when it is not injected', async () => {
  const { server, address } = await application();
  const options = { ...PLAIN, listen: address, grpcListen: address, injected: false };
  await expect(new Faces(options, facesOf()).start()).rejects.toMatchObject({
    code: 'listen_failed',
    message: expect.stringContaining('the same port'),
  });
  server.close();
});

it('says why an address cannot be had, though both ports are left to the system', async () => {
  const strange = { host: '192.0.2.1', port: 0 };
  const options = { ...PLAIN, listen: strange, grpcListen: strange, injected: false };
  await expect(new Faces(options, facesOf()).start()).rejects.toMatchObject({
    code: 'listen_failed',
    message: expect.stringContaining('this machine has no such address'),
  });
});
