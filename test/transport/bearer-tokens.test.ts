import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { BearerTokens } from '../../src/transport/bearer-tokens.ts';
import { RELOAD_INTERVAL_MS } from '../../src/transport/server-tls.ts';
import { facesOf } from '../faces.ts';
import { cleanUp, temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';

let file: string;
let faces: ReturnType<typeof facesOf>;
let tokens: BearerTokens;

beforeEach(async () => {
  file = join(temporaryFolder(), 'tokens');
  await writeFile(file, 'first-token\n\n  second-token \n');
  faces = facesOf();
  tokens = new BearerTokens(file, { ...faces, identity: 'my-api', isForAll: false });
});
afterAll(cleanUp);

it('opens to any of its tokens and to nothing else', async () => {
  expect(tokens.opens('Bearer first-token')).toBe(false);
  await tokens.load();
  for (const said of ['Bearer first-token', 'bearer second-token', 'Bearer  first-token ']) {
    expect(tokens.opens(said), said).toBe(true);
  }
  const others = [undefined, '', 'first-token', 'Bearer', 'Bearer first-toke', 'Basic first-token'];
  for (const said of [...others, 'Bearer first-token x', 'Bearer FIRST-TOKEN']) {
    expect(tokens.opens(said), said).toBe(false);
  }
});

it.each([
  ['', 'is empty'],
  ['\n \n', 'is empty'],
  ['a b\n', 'holds what is no token of printable ASCII without spaces'],
  ['pässwort\n', 'holds what is no token of printable ASCII without spaces'],
])('refuses a file of %j without quoting it', async (text, rule) => {
  await writeFile(file, text);
  await expect(tokens.load()).rejects.toMatchObject({
    code: 'token_file',
    message: `http-token-file "${file}" ${rule}`,
  });
});

it('follows its file, and a bad one changes nothing', async () => {
  await tokens.load();
  const stop = new AbortController();
  const watching = tokens.watch(stop.signal);
  const look = async () => {
    await faces.clock.advance(RELOAD_INTERVAL_MS);
    await until('the file was read', () => faces.clock.sleeping === 1);
  };
  await writeFile(file, 'third-token');
  await look();
  expect(tokens.opens('Bearer first-token')).toBe(false);
  expect(tokens.opens('Bearer third-token')).toBe(true);
  await unlink(file);
  await look();
  await look();
  expect(tokens.opens('Bearer third-token')).toBe(true);
  expect((await faces.metrics.scrape()).body).toContain('reason="token_file"} 2');
  expect(faces.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  stop.abort();
  await watching;
});
