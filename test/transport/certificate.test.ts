import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, type Pem, readCertificate } from '../../src/transport/certificate.ts';
import { makeCertificates } from '../parts/certificates.ts';
import { cleanUp, temporaryFolder } from '../parts/program.ts';

let pem: Pem;
let other: Pem;
let encrypted: string;

const text = (path: string) => readFileSync(path, 'utf8');

beforeAll(async () => {
  const [one, two] = await Promise.all([makeCertificates(), makeCertificates()]);
  pem = { cert: text(one.certFile), key: text(one.keyFile), clientCa: text(one.caFile) };
  other = { cert: text(two.certFile), key: text(two.keyFile), clientCa: text(two.caFile) };
  encrypted = execFileSync(
    'openssl',
    ['pkcs8', '-topk8', '-in', one.keyFile, '-passout', 'pass:secret'],
    { encoding: 'utf8' },
  );
});
afterAll(cleanUp);

/** The middle line of a PEM text, which nothing but the text itself contains. */
const core = (of: string) => of.split('\n')[1] as string;

it('takes a chain, its key and an authority, and says when they end', () => {
  const chain = `${pem.cert}\n${pem.clientCa}`;
  const read = readCertificate({ ...pem, cert: chain });
  if ('rule' in read) throw new Error(read.rule);
  expect(read.context).toMatchObject({ cert: chain, ca: pem.clientCa, minVersion: 'TLSv1.2' });
  expect(read.notAfterSeconds - read.notBeforeSeconds).toBe(2 * 86_400);
  expect(read.clientCaNotAfterSeconds).toBeCloseTo(read.notAfterSeconds, -2);
});

it('asks nobody for a certificate without an authority', () => {
  const read = readCertificate({ ...pem, clientCa: null });
  expect(read).toMatchObject({ clientCaNotAfterSeconds: null });
  expect(read).not.toHaveProperty('context.ca');
});

describe('refuses', () => {
  const half = (of: string) => of.slice(0, of.length / 2);
  it.each<[string, () => Partial<Pem>, string, string]>([
    ['the key of another', () => ({ key: other.key }), 'key', 'is not the key of the certificate'],
    ['an encrypted key', () => ({ key: encrypted }), 'key', 'is encrypted'],
    ['half a key', () => ({ key: half(pem.key) }), 'key', 'holds no key in PEM'],
    ['a certificate for a key', () => ({ key: pem.cert }), 'key', 'holds no key in PEM'],
    ['an empty certificate', () => ({ cert: '' }), 'cert', 'holds no certificate in PEM'],
    ['a key for a certificate', () => ({ cert: pem.key }), 'cert', 'holds no certificate in PEM'],
    [
      'a broken second of a chain',
      () => ({ cert: `${pem.cert}\n${pem.cert.replace(core(pem.cert), 'AAAA')}` }),
      'cert',
      'holds a certificate that cannot be read, number 2',
    ],
    ['an empty authority', () => ({ clientCa: '\n' }), 'clientCa', 'holds no certificate in PEM'],
  ])('%s, and quotes nothing', (_what, change, part, rule) => {
    const fault = readCertificate({ ...pem, ...change() });
    expect(fault).toEqual({ part, rule: expect.stringContaining(rule) });
    const said = JSON.stringify(fault);
    for (const secret of [pem.key, other.key, encrypted]) expect(said).not.toContain(core(secret));
  });

  it('a key that OpenSSL thinks too short', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const file = join(temporaryFolder(), 'small.key');
    writeFileSync(file, key);
    const request = ['req', '-x509', '-key', file, '-subj', '/CN=a'];
    const cert = execFileSync('openssl', request, { encoding: 'utf8' });
    expect(readCertificate({ cert, key, clientCa: null })).toEqual({
      part: 'cert',
      rule: 'is refused by OpenSSL (ERR_SSL_EE_KEY_TOO_SMALL)',
    });
  });
});

it('tells texts apart by all three', () => {
  const digests = [pem, { ...pem, clientCa: null }, { ...pem, key: other.key }, other].map(
    digestOf,
  );
  expect(new Set(digests).size).toBe(4);
  expect(digestOf({ ...pem })).toBe(digests[0]);
});
