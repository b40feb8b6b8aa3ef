import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STOP_GRACE_MS = 12_000;
/** Linux ends the child with its parent, however the parent ends. */
const PARENT_DEATH = existsSync('/usr/bin/setpriv') ? ['setpriv', '--pdeathsig=KILL', '--'] : [];

const running = new Set<Program>();
const folders = new Set<string>();

/** How a program ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that never outlives the test file, with all that it wrote. */
export class Program {
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  exit: Exit | null = null;
  readonly #child: ChildProcess;

  /** @param env added to this process' environment; undefined takes a variable away */
  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const [first = command, ...rest] = [...PARENT_DEATH, command, ...args];
    // A process group of its own, so that a signal reaches what a shell or npm starts, too.
    this.#child = spawn(first, rest, { detached: true, env: { ...process.env, ...env } });
    this.#child.stdin?.end();
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    running.add(this);
    this.exited = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this);
      this.exit = { code, signal };
      return this.exit;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the program could not be started');
    return this.#child.pid;
  }

  /** All that it wrote, for messages and greps. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, name);
    } catch (thrown) {
      // It ended in the meantime.
      if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
    }
  }

  /** SIGTERM, and SIGKILL when that is not heard. */
  async stop(): Promise<Exit> {
    this.signal('SIGTERM');
    const impatient = setTimeout(() => this.signal('SIGKILL'), STOP_GRACE_MS);
    const exit = await this.exited;
    clearTimeout(impatient);
    return exit;
  }

  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.exited;
  }
}

/** A folder that is gone after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kedastral-test-'));
  folders.add(folder);
  return folder;
}

/** Ends what still runs and removes the folders (test/parts/cleanup.ts). */
export async function cleanUp(): Promise<void> {
  await Promise.all([...running].map((program) => program.kill()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}
