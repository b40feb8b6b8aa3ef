import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './program.ts';

const run = promisify(execFile);

/**
 * PEM files: a CA of the test's own, and certificates of it for 127.0.0.1 and localhost, one for a
 * server and one for a client.
 */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeCertificates(): Promise<Certificates> {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args);
  const request = (name: string, subject: string) =>
    openssl(
      'req',
      ...NEW_KEY,
      ...['-subj', subject, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)],
    );

  await openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    ...['-subj', '/CN=test CA', '-days', '2', '-keyout', file('ca.key'), '-out', file('ca.pem')],
  );
  await writeFile(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  for (const [name, subject] of [
    ['server', '/CN=localhost'],
    ['client', '/CN=keda'],
  ] as const) {
    await request(name, subject);
    await openssl(
      ...['x509', '-req', '-in', file(`${name}.csr`), '-CA', file('ca.pem')],
      ...['-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names')],
      ...['-days', '2', '-out', file(`${name}.pem`)],
    );
  }
  return {
    caFile: file('ca.pem'),
    certFile: file('server.pem'),
    keyFile: file('server.key'),
    clientCertFile: file('client.pem'),
    clientKeyFile: file('client.key'),
  };
}
