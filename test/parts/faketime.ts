import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './program.ts';

const TRIES = 5;

/**
 * Where libfaketime is, as its own command says. That names a semaphore by its process id: one left
 * behind by a process of that number, which was killed, makes it fail once.
 */
function libraryPath(tries = TRIES): string {
  try {
    return execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD']).toString().trim();
  } catch (thrown) {
    if (tries === 1) throw thrown;
    return libraryPath(tries - 1);
  }
}

/** A wall clock for one program that a test sets while it runs (libfaketime). */
export class FakeWall {
  readonly env: NodeJS.ProcessEnv;
  readonly #file = join(temporaryFolder(), 'faketime');

  constructor() {
    this.env = {
      LD_PRELOAD: libraryPath(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    this.offset(0);
  }

  /** Puts the program's wall clock so far off the true one. */
  offset(seconds: number): void {
    writeFileSync(this.#file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }
}
