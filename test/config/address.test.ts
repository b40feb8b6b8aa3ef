import { describe, expect, it } from 'vitest';
import {
  maskUrl,
  parseAddress,
  parseHttpUrl,
  parseRedisAddress,
} from '../../src/config/address.ts';
import { formatAddress } from '../../src/listen.ts';

describe('parseAddress', () => {
  it.each([
    [':8081', '', 8081],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:65535', 'localhost', 65_535],
    ['my-host.example:80', 'my-host.example', 80],
    ['[::1]:8081', '::1', 8081],
  ])('reads %s and writes it again', (text, host, port) => {
    const address = parseAddress(text);
    expect(address).toEqual({ host, port });
    expect(address && formatAddress(address)).toBe(text);
  });

  it.each(['', '8081', 'a:', ':65536', ':-1', '::1:8081', '[x]:1', 'a b:1', ':1.5', 'http://a:1'])(
    'refuses %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe('parseHttpUrl', () => {
  it.each(['http://a:9090', 'https://a/prefix/', 'http://user:word@a', 'http://[::1]:9090'])(
    'takes %s',
    (text) => expect(parseHttpUrl(text)).toBe(text),
  );

  it.each(['', 'a:9090', 'ftp://a', 'file:///etc/passwd', 'http://', 'http://a#b', 'http:a'])(
    'refuses %j',
    (text) => expect(parseHttpUrl(text)).toBeUndefined(),
  );
});

describe('parseRedisAddress', () => {
  it.each(['localhost:6379', '[::1]:6379', 'redis://a', 'rediss://u:p@a:1/3'])('takes %s', (text) =>
    expect(parseRedisAddress(text)).toBe(text),
  );

  it.each(['', ':6379', 'a', 'a:0', 'http://a:1', 'redis://', 'rediss:a'])('refuses %j', (text) =>
    expect(parseRedisAddress(text)).toBeUndefined(),
  );
});

describe('maskUrl', () => {
  it.each([
    ['rediss://user:word@host:1/0', 'rediss://user:***@host:1/0'],
    ['redis://:wo/rd@host', '***@host'],
    ['http://user:a@b@host/path', 'http://user:***@host/path'],
    ['http://host:9090/a@b', 'http://host:9090/a@b'],
    ['http://user:word@host/a@b', 'http://user:***@host/a@b'],
    ['http://a/?x=1&api_key=word&y=2#z', 'http://a/?x=1&api_key=***&y=2#z'],
    ['localhost:6379', 'localhost:6379'],
    ['https://word@host/', 'https://***@host/'],
    ['user:word@localhost:6379', '***@localhost:6379'],
    ['word@localhost:6379', '***@localhost:6379'],
    ['redis://:word@host:99999', '***@host:99999'],
  ])('shows %s as %s', (text, masked) => {
    expect(maskUrl(text)).toBe(masked);
  });
});
