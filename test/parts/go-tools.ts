import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../house/sources.ts';

const HOME = join(ROOT, 'build/go');
const run = promisify(execFile);

/** A command that .config/parts.mjs built from its Go module; null where there was no Go. */
export function goTool(command: string): string | null {
  const folders = existsSync(HOME) ? readdirSync(HOME) : [];
  const found = folders.map((each) => join(HOME, each, command)).find((file) => existsSync(file));
  return found ?? null;
}

/** What it prints. @throws with its complaints when it fails */
export async function said(command: string, ...args: readonly string[]): Promise<string> {
  const tool = goTool(command);
  if (tool === null) throw new Error(`${command} is not built: run .config/parts.mjs`);
  return (await run(tool, args, { maxBuffer: 2 ** 26 })).stdout;
}
