import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../config/sources.ts';
import { isPair, type KeyPair } from './pem.ts';

/**
 * The pair that cert-manager keeps in a mounted Secret, `tls.crt` and `tls.key`; or in words why
 * there is none, as while half of it is new.
 */
export async function readKeyFiles(folder: string): Promise<KeyPair | string> {
  const texts: string[] = [];
  for (const name of ['tls.crt', 'tls.key']) {
    const path = join(folder, name);
    try {
      texts.push(await readFile(path, 'utf8'));
    } catch (thrown) {
      return `${path} cannot be read (${errnoOf(thrown)})`;
    }
  }
  const [certificate, key] = texts as [string, string];
  const pair = { certificate, key };
  return isPair(pair) ? pair : `${folder}: tls.crt and tls.key are no PEM, or no pair`;
}
