import { isIPv6 } from 'node:net';
import type { ListenAddress } from '../listen.ts';

const ADDRESS = /^(?:\[([^\]]+)\]|([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)?):(\d{1,5})$/;
const PORT_MAX = 65_535;

/** `:8081`, `127.0.0.1:8081`, `localhost:0` or `[::1]:8081`; undefined for anything else. */
export function parseAddress(text: string): ListenAddress | undefined {
  const match = ADDRESS.exec(text);
  if (!match) return undefined;
  const [, ipv6, host = '', port] = match;
  if (ipv6 !== undefined && !isIPv6(ipv6)) return undefined;
  if (Number(port) > PORT_MAX) return undefined;
  return { host: ipv6 ?? host, port: Number(port) };
}

/**
 * An absolute http(s) URL without fragment, user name and password percent-encoded; undefined for
 * anything else.
 */
export function parseHttpUrl(text: string): string | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const { hash, username, password } = new URL(text);
  return hash === '' && isEncoded(username) && isEncoded(password) ? text : undefined;
}

function isEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/** `host:port`, or a redis:// or rediss:// URL, as ioredis takes both; undefined for others. */
export function parseRedisAddress(text: string): string | undefined {
  if (/^rediss?:\/\//.test(text)) {
    return URL.canParse(text) && new URL(text).hostname !== '' ? text : undefined;
  }
  const address = parseAddress(text);
  return address && address.host !== '' && address.port > 0 ? text : undefined;
}

const SECRET_PARAMETER = /([?&][^=&#]*(?:token|key|secret|passw|auth|sig)[^=&#]*=)[^&#]*/gi;

/** What follows a host's colon and is no port may be a password that has lost its `@`. */
const LOST_PASSWORD = /^([^:]*:\/\/[^/?#:]*:)(?!\d*(?:[/?#]|$)).*/s;

/** The same text without the credentials of a URL; whatever the text is, it may be shown then. */
export function maskUrl(text: string): string {
  if (!text.includes('://') || !URL.canParse(text)) {
    return text.replace(/^.*@/s, '***@').replace(LOST_PASSWORD, '$1***');
  }
  const masked = text.replace(/([^:]+:\/\/+)([^/?#]*)@/g, (_, scheme: string, user: string) => {
    const name = /^([^:]*):/.exec(user)?.[1];
    return name === undefined ? `${scheme}***@` : `${scheme}${name}:***@`;
  });
  return masked.replace(SECRET_PARAMETER, '$1***');
}
