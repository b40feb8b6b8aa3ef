import type { Clock } from '../clock.ts';

const BAR_WIDTH = 24;
const REDRAW_MS = 100;
const ERASE_LINE = '\r\x1b[2K';
/** Where no one watches, a line is worth reading from time to time. */
const LINE_MS = 10_000;

/** How far a long command is: a bar on a terminal, plain lines elsewhere. */
export class Progress {
  #drawnMs: number;
  #isDrawn = false;
  #label = '';

  /** @param print writes to standard error */
  constructor(
    private readonly print: (text: string) => void,
    private readonly isInteractive: boolean,
    private readonly clock: Clock,
  ) {
    this.#drawnMs = clock.monotonicMs();
  }

  /** @param share 0..1 of all there is to do */
  show(label: string, share: number): void {
    const nowMs = this.clock.monotonicMs();
    const everyMs = this.isInteractive ? REDRAW_MS : LINE_MS;
    const isNew = this.isInteractive && label !== this.#label;
    if (!isNew && nowMs - this.#drawnMs < everyMs) return;
    this.#drawnMs = nowMs;
    this.#label = label;
    const percent = `${Math.floor(100 * share)} %`.padStart(5);
    if (!this.isInteractive) {
      this.print(`kedastral backtest:${percent}, ${label}\n`);
      return;
    }
    const filled = Math.round(share * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    this.print(`${ERASE_LINE}${bar}${percent}  ${label}`);
    this.#isDrawn = true;
  }

  clear(): void {
    if (this.#isDrawn) this.print(ERASE_LINE);
    this.#isDrawn = false;
  }
}
