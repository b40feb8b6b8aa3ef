import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { formatFaults } from '../config/faults.ts';
import { optionName } from '../config/option.ts';
import type { OptionField, Options } from '../config/options.ts';
import type { Parsed } from '../config/parse.ts';
import { PROCESS_FIELDS } from '../config/process-fields.ts';
import { asFault, KedastralError } from '../errors.ts';
import type { FleetChange } from '../loop/fleet.ts';
import { forgetWorkload } from '../telemetry/forget.ts';
import type { Context } from './context.ts';

/** A change counts once it was seen twice: a file that is still being written is let be. */
const LOOK_INTERVAL_MS = 5_000;

export interface FollowerParts extends Context {
  /** Reads all options anew, as at the start. */
  readonly reparse: () => Promise<Parsed>;
  /** Makes the workloads those of the file. */
  readonly apply: (list: readonly Options[]) => FleetChange;
}

/**
 * Keeps the workloads those of the config file, when it changes and on SIGHUP. A file with a fault
 * is refused whole: counted, logged, and what runs stays.
 */
export class ConfigFollower {
  #applied: string | null = null;
  #seen: string | null = null;
  #reloading: Promise<void> = Promise.resolve();

  /** @param started the options of the process, which only a restart can change */
  constructor(
    private readonly path: string,
    private readonly started: Options,
    private readonly parts: FollowerParts,
  ) {}

  /** Until the signal says stop. */
  async run(signal: AbortSignal): Promise<void> {
    const reload = () => void this.reload();
    process.on('SIGHUP', reload);
    this.#applied = await this.#look();
    this.#seen = this.#applied;
    while (!signal.aborted) {
      await this.parts.clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) break;
      const now = await this.#look();
      const isSettled = now === this.#seen;
      this.#seen = now;
      if (isSettled && now !== this.#applied) await this.reload();
    }
    process.off('SIGHUP', reload);
    await this.#reloading;
  }

  /** Reads the file anew, after whatever reading is going on. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload());
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    const { log } = this.parts;
    // What is refused is not tried again until it changes.
    this.#applied = await this.#look();
    try {
      const { options, workloads, faults } = await this.parts.reparse();
      if (faults.length > 0) throw invalid(formatFaults(faults).trim());
      if (workloads === null) throw invalid('the list of workloads is gone; that needs a restart');
      if (workloads.length === 0) throw invalid('the list of workloads is empty');
      const change = this.parts.apply(workloads.map((entry) => entry.options));
      const { added, changed, removed } = change;
      for (const identity of removed) forgetWorkload(this.parts.metrics.registry, identity);
      const counts = { added: added.length, changed: changed.length, removed: removed.length };
      log.info('config file read anew', { workloads: workloads.length, ...counts });
      this.#warnOfProcess(options);
    } catch (thrown) {
      const fault = asFault(thrown, 'config');
      this.parts.metrics.forWorkload('').error(fault);
      log.error('config file refused, what runs stays', { fault });
    }
  }

  #warnOfProcess(options: Options): void {
    const textOf = (of: Options, field: OptionField) =>
      JSON.stringify((of as unknown as Record<string, unknown>)[field]);
    const differing = PROCESS_FIELDS.filter(
      (field) => textOf(options, field) !== textOf(this.started, field),
    );
    if (differing.length === 0) return;
    const names = differing.map(optionName).join(', ');
    this.parts.log.warn('options of the process changed: they need a restart', { options: names });
  }

  /** A digest of the file; null while it cannot be read. */
  async #look(): Promise<string | null> {
    const text = await readFile(this.path).catch(() => null);
    return text && createHash('sha256').update(text).digest('hex');
  }
}

function invalid(message: string): KedastralError {
  return new KedastralError('option_invalid', 'config', message);
}
