import type { Input } from '../backtest/source.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../config/sources.ts';
import type { Terminal } from './terminal.ts';

/** What the command needs of the process it runs in. */
export interface BacktestContext {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Whether a person reads standard error. */
  readonly isWatched: boolean;
  readonly stdin: () => Input;
  /** The bundle to start workers of; null: everything is done on this thread. */
  readonly workerUrl: URL | null;
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal;
}
