import { readFile } from 'node:fs/promises';
import { adapterFault } from './faults.ts';

/** At most one of bearer token and user name is set; the options table checks that. */
export interface Credentials {
  readonly bearerToken?: string | null | undefined;
  readonly bearerTokenFile?: string | null | undefined;
  readonly username?: string | null | undefined;
  readonly password?: string | null | undefined;
  readonly passwordFile?: string | null | undefined;
}

/**
 * The value of the Authorization header, or null without credentials. Files are read at every call:
 * Kubernetes rotates what is in them.
 *
 * @throws KedastralError adapter_unreachable when a file cannot be read
 */
export async function authorization(credentials: Credentials): Promise<string | null> {
  const { bearerToken, bearerTokenFile, username, password, passwordFile } = credentials;
  if (bearerTokenFile) {
    return bearerOf(bearerTokenFile, 'prom-bearer-token-file');
  }
  if (bearerToken) return `Bearer ${bearerToken}`;
  if (!username) return null;
  const secret = passwordFile
    ? await readSecret(passwordFile, 'prom-password-file')
    : (password ?? '');
  return `Basic ${Buffer.from(`${username}:${secret}`, 'utf8').toString('base64')}`;
}

/**
 * User name and password of a URL, decoded; empty when it has none.
 *
 * @param option the URL's option, for messages
 * @throws KedastralError option_invalid
 */
export function credentialsOf(option: string, url: URL): Credentials {
  try {
    return {
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
  } catch {
    const message = `${option}: user name or password is not percent-encoded`;
    throw adapterFault('option_invalid', message);
  }
}

/**
 * The value of the Authorization header with the token of a file.
 *
 * @param option that names the file, for messages
 * @throws KedastralError adapter_unreachable
 */
export async function bearerOf(path: string, option: string): Promise<string> {
  const token = await readSecret(path, option);
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw adapterFault('adapter_unreachable', `${option}: the token is not of printable ASCII`);
}

/**
 * The text of a secret's file, trimmed.
 *
 * @param option that names the file, for messages
 * @throws KedastralError adapter_unreachable
 */
export async function readSecret(path: string, option: string): Promise<string> {
  let secret: string;
  try {
    secret = (await readFile(path, 'utf8')).trim();
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw adapterFault('adapter_unreachable', `${option}: ${code}`);
  }
  if (secret === '' || /\p{Cc}/u.test(secret)) {
    const rule = 'the file is empty or holds more than one line';
    throw adapterFault('adapter_unreachable', `${option}: ${rule}`);
  }
  return secret;
}
