import { copyFile, mkdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { RELOAD_INTERVAL_MS, ServerTls } from '../../src/transport/server-tls.ts';
import { facesOf } from '../faces.ts';
import { type Certificates, makeCertificates } from '../parts/certificates.ts';
import { cleanUp, temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';

const WALL_MS = Date.now();

let first: Certificates;
let second: Certificates;
let faces: ReturnType<typeof facesOf>;
let folder: string;
let tls: ServerTls;
let served: SecureContextOptions[];
let stop: AbortController;

beforeAll(async () => {
  [first, second] = await Promise.all([makeCertificates(), makeCertificates()]);
});
afterAll(cleanUp);

const file = (name: string) => join(folder, name);

/** Puts a certificate where the server looks, as the kubelet does: all files change at once. */
async function mount({ certFile, keyFile, caFile }: Certificates, version: string) {
  await mkdir(file(version));
  await copyFile(certFile, file(`${version}/tls.crt`));
  await copyFile(keyFile, file(`${version}/tls.key`));
  await copyFile(caFile, file(`${version}/ca.crt`));
  await symlink(version, file('..data_tmp'));
  await rename(file('..data_tmp'), file('..data'));
}

beforeEach(async () => {
  folder = temporaryFolder();
  faces = facesOf();
  faces.clock.setWall(WALL_MS);
  await mount(first, '..1');
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) await symlink(`..data/${name}`, file(name));
  tls = new ServerTls(
    { certFile: file('tls.crt'), keyFile: file('tls.key'), clientCaFile: file('ca.crt') },
    { ...faces, identity: 'my-api' },
  );
  served = [];
  stop = new AbortController();
});

async function started() {
  await tls.serve((context) => served.push(context));
  void tls.watch(stop.signal);
}

/** Lets one look at the files happen. */
async function look() {
  await faces.clock.advance(RELOAD_INTERVAL_MS);
  await until('the files were read', () => faces.clock.sleeping === 1);
}

const scrape = async () => (await faces.metrics.scrape()).body;
const refusals = async () =>
  Number(/reason="tls_certificate"\} (\d+)/.exec(await scrape())?.[1] ?? 0);
const certOf = (of: Certificates) => readFile(of.certFile, 'utf8');

it('takes what the kubelet exchanges, and shows when it ends', async () => {
  await started();
  await look();
  expect(served).toHaveLength(1);
  await mount(second, '..2');
  await look();
  expect(served.map(({ cert }) => cert)).toEqual([await certOf(first), await certOf(second)]);
  expect(faces.lines.at(-1)).toMatchObject({ msg: 'the TLS certificate was renewed' });
  const body = await scrape();
  for (const certificate of ['server', 'client_ca']) {
    const sample = new RegExp(`expiry_timestamp_seconds\\{certificate="${certificate}"\\} (\\d+)`);
    const aheadSeconds = Number(sample.exec(body)?.[1]) - WALL_MS / 1000;
    expect(aheadSeconds).toBeGreaterThan(1.9 * 86_400);
    expect(aheadSeconds).toBeLessThan(2.1 * 86_400);
  }
  expect(await refusals()).toBe(0);
  stop.abort();
});

it('refuses a bad one, says so once, counts each look, and takes the next good one', async () => {
  await started();
  await mount({ ...second, keyFile: first.keyFile }, '..2');
  await look();
  await look();
  expect(served).toHaveLength(1);
  expect(await refusals()).toBe(2);
  const said = faces.lines.filter(({ level }) => level === 'error');
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({
    msg: 'the TLS certificate was not renewed, the one before stays',
    fault: {
      code: 'tls_certificate',
      message: expect.stringMatching(/^tls-key-file ".+\/tls\.key" is not the key of the cert/),
    },
  });
  await mount(second, '..3');
  await look();
  expect(served).toHaveLength(2);
  expect(await refusals()).toBe(2);
  stop.abort();
});

it('keeps the one in force when its files are gone', async () => {
  await started();
  await unlink(file('..data'));
  await look();
  expect(served).toHaveLength(1);
  expect(await refusals()).toBe(1);
  expect(JSON.stringify(faces.lines)).toContain('cannot be read (ENOENT)');
  stop.abort();
});

it('refuses one that has expired or is not valid yet, until it is', async () => {
  await started();
  faces.clock.setWall(WALL_MS + 3 * 86_400_000);
  await mount(second, '..2');
  await look();
  faces.clock.setWall(WALL_MS - 86_400_000);
  await look();
  expect(served).toHaveLength(1);
  expect(await refusals()).toBe(2);
  const said = faces.lines.filter(({ level }) => level === 'error');
  expect(JSON.stringify(said[0])).toContain('has expired');
  expect(JSON.stringify(said[1])).toContain('is not valid yet');
  faces.clock.setWall(WALL_MS);
  await look();
  expect(served).toHaveLength(2);
  stop.abort();
});

it('starts with one that has expired, and warns: no number is better than an old one', async () => {
  faces.clock.setWall(WALL_MS + 3 * 86_400_000);
  await started();
  expect(served).toHaveLength(1);
  expect(faces.lines.at(-1)).toMatchObject({ level: 'warn', rule: 'has expired' });
  stop.abort();
});

it('does not start with what cannot be used, and never says what is in a key', async () => {
  await writeFile(file('..data/tls.key'), (await readFile(first.keyFile, 'utf8')).slice(0, 100));
  await expect(started()).rejects.toMatchObject({
    code: 'tls_certificate',
    message: `tls-key-file "${file('tls.key')}" holds no key in PEM`,
  });
  await unlink(file('..data/tls.key'));
  await expect(started()).rejects.toMatchObject({
    message: `tls-key-file "${file('tls.key')}" cannot be read (ENOENT)`,
  });
});
