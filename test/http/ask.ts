import { HttpApp } from '../../src/http/app.ts';
import type { Faces } from '../faces.ts';

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the HTTP face answers, without a socket. */
export async function ask(faces: Faces, url: string, { method = 'GET', headers = {} }: Asked = {}) {
  const { body, ...head } = await new HttpApp(faces).answer({ method, url, headers });
  const text = body?.toString() ?? '';
  return { ...head, text, json: () => JSON.parse(text) };
}
