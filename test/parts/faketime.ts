import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './program.ts';

/** A wall clock for one program that a test sets while it runs (libfaketime). */
export class FakeWall {
  readonly env: NodeJS.ProcessEnv;
  readonly #file = join(temporaryFolder(), 'faketime');

  constructor() {
    const library = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD']).toString();
    this.env = {
      LD_PRELOAD: library.trim(),
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
