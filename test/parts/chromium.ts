import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's browser; the library brings none. */
const PATH = '/usr/bin/chromium';

/** Whether it is installed; says so when it is not. */
export function hasChromium(): boolean {
  if (existsSync(PATH)) return true;
  process.stderr.write(`no ${PATH} (package chromium): its tests are skipped\n`);
  return false;
}

/** A browser without a window. Root, as in containers, has to do without Chromium's sandbox. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, chromiumSandbox: process.getuid?.() !== 0 });
}

/** What a page said and asked for while it was open. */
export interface Heard {
  readonly messages: string[];
  readonly requests: string[];
}

/** Listens from now on. */
export function listenTo(page: Page): Heard {
  const heard: Heard = { messages: [], requests: [] };
  page.on('console', (message) => heard.messages.push(message.text()));
  page.on('pageerror', (error) => heard.messages.push(error.message));
  page.on('dialog', (dialog) => {
    heard.messages.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => heard.requests.push(request.url()));
  return heard;
}
