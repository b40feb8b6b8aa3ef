import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CsvReader } from '../adapters/csv.ts';
import { asFault, KedastralError } from '../errors.ts';
import { Rows, type Table } from './rows.ts';

/** A series as it came, under the name that people know it by. */
export interface NamedTable extends Table {
  readonly name: string;
}

/** Where a series comes from; it is read when its turn comes. */
export interface Source {
  readonly name: string;
  read(): Promise<NamedTable>;
}

/** The text of standard input, piece by piece. */
export type Input = AsyncIterable<string>;

const STDIN = '-';

/**
 * The CSVs that some paths name: files, the `.csv` files of folders by name, `-` for standard
 * input.
 *
 * @throws KedastralError option_invalid when a path cannot be read or holds no CSV
 */
export async function csvSources(
  paths: readonly string[],
  stepSeconds: number | null,
  stdin: () => Input,
  signal: AbortSignal,
): Promise<Source[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(await filesOf(path)));
  const names = namesOf(files);
  return files.map((path, k) => {
    const name = names[k] as string;
    const open = () =>
      path === STDIN
        ? stdin()
        : createReadStream(path, { encoding: 'utf8', highWaterMark: 2 ** 20 });
    return {
      name,
      read: async () => ({ name, ...(await readCsv(path, open(), stepSeconds, signal)) }),
    };
  });
}

/**
 * The files' names without `.csv`; where two are the same, with the folder before them.
 *
 * @throws KedastralError option_invalid when a path is given twice
 */
function namesOf(paths: readonly string[]): string[] {
  const full = paths.map((path) => (path === STDIN ? 'stdin' : resolve(path)));
  const twice = full.find((path, k) => full.indexOf(path) < k);
  if (twice !== undefined) {
    throw new KedastralError('option_invalid', 'config', `input ${twice}: is given twice`);
  }
  const bare = full.map((path) => path.replace(/\.csv$/i, ''));
  const isBare = (k: number) =>
    bare.indexOf(bare[k] as string) === bare.lastIndexOf(bare[k] as string);
  const parts = full.map((path, k) => ((isBare(k) ? bare[k] : path) as string).split(/[\\/]/));
  return parts.map((own, k) => {
    for (let count = 1; ; count++) {
      const name = own.slice(-count).join('/');
      const isTaken = parts.some((other, j) => j !== k && other.slice(-count).join('/') === name);
      if (!isTaken) return name;
    }
  });
}

async function filesOf(path: string): Promise<string[]> {
  if (path === STDIN) return [path];
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (thrown) => {
      throw unreadable(path, thrown);
    },
  );
  if (!isFolder) return [path];
  const names = (await readdir(path)).filter((name) => /\.csv$/i.test(name)).sort();
  if (names.length === 0) {
    throw new KedastralError('option_invalid', 'adapter', `${path}: the folder holds no .csv file`);
  }
  return names.map((name) => join(path, name));
}

async function readCsv(
  path: string,
  text: Input,
  stepSeconds: number | null,
  signal: AbortSignal,
): Promise<Table> {
  const rows = new Rows();
  const reader = new CsvReader((time, value, replicas) => rows.push(time, value, replicas), true);
  try {
    for await (const piece of text) {
      signal.throwIfAborted();
      reader.push(piece);
    }
    reader.end();
    return rows.table(stepSeconds);
  } catch (thrown) {
    if (!(thrown instanceof KedastralError)) throw unreadable(path, thrown);
    throw new KedastralError(thrown.code, thrown.component, `${path}: ${thrown.message}`);
  }
}

function unreadable(path: string, thrown: unknown): KedastralError {
  const code = (thrown as NodeJS.ErrnoException).code ?? asFault(thrown, 'adapter').message;
  return new KedastralError('option_invalid', 'adapter', `${path}: cannot be read (${code})`);
}
