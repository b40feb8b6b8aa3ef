import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { dumpLine } from '../backtest/dump.ts';
import type { Forecasted } from '../backtest/walk.ts';
import { errnoOf } from '../config/sources.ts';
import { KedastralError } from '../errors.ts';

/** The file of `--dump`. */
export class Dump {
  private constructor(private readonly stream: WriteStream) {}

  /** @throws KedastralError option_invalid when it cannot be written */
  static async open(path: string): Promise<Dump> {
    const stream = createWriteStream(path);
    try {
      await once(stream, 'open');
    } catch (thrown) {
      const message = `dump ${path}: cannot be written (${errnoOf(thrown)})`;
      throw new KedastralError('option_invalid', 'config', message);
    }
    return new Dump(stream);
  }

  write(forecasted: Forecasted): void {
    this.stream.write(dumpLine(forecasted));
  }

  async close(): Promise<void> {
    this.stream.end();
    await finished(this.stream);
  }
}
