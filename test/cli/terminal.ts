import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal that keeps what is printed and reads from texts. */
export class FakeTerminal implements Terminal {
  output = '';
  errors = '';
  readonly hasColors = false;
  readonly columns = 80;

  constructor(
    readonly isInteractive = false,
    private readonly files: Readonly<Record<string, string>> = {},
  ) {}

  print(text: string): void {
    this.output += text;
  }

  printError(text: string): void {
    this.errors += text;
  }

  async read(path: string): Promise<string> {
    const text = this.files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  }
}
