import { copyFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { credentials, status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { ExternalScalerService } from '../../src/grpc/generated/externalscaler.ts';
import { TestClient } from '../grpc/client.ts';
import { type Certificates, makeCertificates } from '../parts/certificates.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';

const REF = { name: 'my-api', namespace: 'default', scalerMetadata: {} };
const TARGET = { 'grpc.ssl_target_name_override': 'localhost' };

const portOf = (address: string): number => Number(address.split(':')[1]);

/** The handshake's protocol and the certificate's serial number; rejects when it fails. */
function handshake(address: string, options: object): Promise<[string | null, string]> {
  return new Promise((resolve, reject) => {
    const port = portOf(address);
    const to = { host: '127.0.0.1', port, servername: 'localhost', ALPNProtocols: ['h2'] };
    const socket: TLSSocket = connect({ ...to, ...options }, () => {
      resolve([socket.getProtocol(), socket.getPeerCertificate().serialNumber]);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function started(set: Certificates, folder: string, more: readonly string[] = []) {
  const path = (name: string) => join(folder, name);
  const mount = async ({ certFile, keyFile }: Certificates, version: string) => {
    await mkdir(path(version));
    await copyFile(certFile, path(`${version}/tls.crt`));
    await copyFile(keyFile, path(`${version}/tls.key`));
    await symlink(version, path('..data_tmp'));
    await rename(path('..data_tmp'), path('..data'));
  };
  await mount(set, '..1');
  for (const name of ['tls.crt', 'tls.key']) await symlink(`..data/${name}`, path(name));
  const sidecar = await Sidecar.spawn([
    `--tls-cert-file=${path('tls.crt')}`,
    `--tls-key-file=${path('tls.key')}`,
    ...more,
  ]);
  await sidecar.until('it listens', () => sidecar.log.some(({ msg }) => msg === 'first forecast'));
  return { sidecar, mount };
}

it('serves mTLS to KEDA’s kind of client alone, TLS 1.3 or 1.2, and renews a Secret', async () => {
  const [first, second] = await Promise.all([makeCertificates(), makeCertificates()]);
  const ca = await readFile(first.caFile);
  const ca2 = await readFile(second.caFile);
  const cas = Buffer.concat([ca, ca2]);
  const clients = join(temporaryFolder(), 'clients.pem');
  await writeFile(clients, ca);
  const { sidecar, mount } = await started(first, temporaryFolder(), [
    `--tls-client-ca-file=${clients}`,
  ]);
  const [cert, key] = [await readFile(first.clientCertFile), await readFile(first.clientKeyFile)];
  const port = portOf(sidecar.grpcAddress);
  const clientWith = (channel: ReturnType<typeof credentials.createSsl>) =>
    new TestClient(ExternalScalerService, port, TARGET, channel);

  const keda = clientWith(credentials.createSsl(cas, key, cert));
  expect(await keda.call('isActive', REF)).toEqual({ result: true });
  const stream = keda.open('streamMetricSpec', REF);
  await stream.received(1);
  const stranger = await Promise.all([
    readFile(second.clientKeyFile),
    readFile(second.clientCertFile),
  ]);
  for (const channel of [
    credentials.createSsl(cas),
    credentials.createSsl(cas, ...stranger),
    credentials.createInsecure(),
  ]) {
    const refused = clientWith(channel);
    expect((await refused.failure('isActive', REF)).code).toBe(status.UNAVAILABLE);
    refused.close();
  }

  const mutual = { ca: cas, cert, key };
  const { grpcAddress, httpAddress } = sidecar;
  const [protocol, serial] = await handshake(grpcAddress, mutual);
  expect(protocol).toBe('TLSv1.3');
  expect(await handshake(grpcAddress, { ...mutual, maxVersion: 'TLSv1.2' })).toEqual([
    'TLSv1.2',
    serial,
  ]);
  const old = { ca: cas, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ALPNProtocols: [] };
  await expect(handshake(httpAddress, old)).rejects.toThrow(/protocol|alert/i);
  // HTTP asks for no certificate: the kubelet has none.
  expect((await handshake(httpAddress, { ca, ALPNProtocols: [] }))[0]).toBe('TLSv1.3');

  await mount(second, '..2');
  await until('another certificate', async () => {
    return (await handshake(grpcAddress, mutual))[1] !== serial;
  });
  expect(await keda.call('isActive', REF)).toEqual({ result: true });
  expect(stream.messages).toHaveLength(1);
  await sidecar.stop();
  expect(await stream.status).toBe(status.OK);
  keda.close();
  const secret = (await readFile(first.keyFile, 'utf8')).split('\n')[1] as string;
  expect(sidecar.program.output).not.toContain(secret);
  expect(sidecar.log.map(({ msg }) => msg)).toContain('the TLS certificate was renewed');
});

it('does not start with half a pair or the key of another: exit code 64, all named', async () => {
  const [first, second] = await Promise.all([makeCertificates(), makeCertificates()]);
  const mixed = [`--tls-cert-file=${first.certFile}`, `--tls-key-file=${second.keyFile}`];
  const one = await Sidecar.spawn([...mixed, '--step=0']);
  expect(await one.program.exited).toMatchObject({ code: 64 });
  expect(one.program.stderr).toContain('2 options are wrong');
  expect(one.program.stderr).toContain('is not the key of the certificate in tls-cert-file');
  const two = await Sidecar.spawn([`--tls-cert-file=${first.certFile}`]);
  expect(await two.program.exited).toMatchObject({ code: 64 });
  expect(two.program.stderr).toContain('--tls-key-file (not set): is needed by tls-cert-file');
});
