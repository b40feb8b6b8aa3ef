import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatFaults } from '../../src/config/faults.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { type Certificates, makeCertificates } from '../parts/certificates.ts';
import { cleanUp } from '../parts/program.ts';

let one: Certificates;
let two: Certificates;

beforeAll(async () => {
  [one, two] = await Promise.all([makeCertificates(), makeCertificates()]);
});
afterAll(cleanUp);

const faultsOf = async (...argv: string[]) => formatFaults((await parseOptions(argv, {})).faults);

it('takes a certificate with its key, and the authority of clients', async () => {
  const tls = [`--tls-cert-file=${one.certFile}`, `--tls-key-file=${one.keyFile}`];
  for (const argv of [tls, [...tls, `--tls-client-ca-file=${one.caFile}`]]) {
    expect((await parseOptions(argv, {})).faults).toEqual([]);
  }
});

it.each<[string, () => string[], string]>([
  [
    'a certificate alone',
    () => [`--tls-cert-file=${one.certFile}`],
    '--tls-key-file (not set): is needed by tls-cert-file',
  ],
  [
    'a key alone',
    () => [`--tls-key-file=${one.keyFile}`],
    '--tls-cert-file (not set): is needed by tls-key-file',
  ],
  [
    'an authority alone',
    () => [`--tls-client-ca-file=${one.caFile}`],
    '--tls-client-ca-file "{ca}" (flag): needs tls-cert-file and tls-key-file',
  ],
  [
    'the key of another',
    () => [`--tls-cert-file=${one.certFile}`, `--tls-key-file=${two.keyFile}`],
    '--tls-key-file "{other}" (flag): is not the key of the certificate in tls-cert-file',
  ],
  [
    'what is not there',
    () => [`--tls-cert-file=${one.certFile}`, '--tls-key-file=/no/such.key'],
    '--tls-key-file "/no/such.key" (flag): cannot be read (ENOENT)',
  ],
  [
    'a key for an authority',
    () => [
      `--tls-cert-file=${one.certFile}`,
      `--tls-key-file=${one.keyFile}`,
      `--tls-client-ca-file=${one.keyFile}`,
    ],
    '--tls-client-ca-file "{key}" (flag): holds no certificate in PEM',
  ],
  [
    'a token for all without tokens',
    () => ['--http-token-all'],
    '--http-token-file (not set): is needed by http-token-all',
  ],
  [
    'a token file that is none',
    () => ['--http-token-file=/no/such'],
    '--http-token-file "/no/such" (flag): cannot be read (ENOENT)',
  ],
])('names %s, with its value, and nothing of a key', async (_what, argv, expected) => {
  const said = await faultsOf(...argv());
  const line = expected
    .replace('{ca}', one.caFile)
    .replace('{other}', two.keyFile)
    .replace('{key}', one.keyFile);
  expect(said).toContain(line);
  for (const { keyFile } of [one, two]) {
    const secret = (await readFile(keyFile, 'utf8')).split('\n')[1] as string;
    expect(said).not.toContain(secret);
  }
});
