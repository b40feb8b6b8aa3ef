import type { OptionFault } from './faults.ts';
import { envName, type OptionTable, optionName } from './option.ts';
import { unknownRule } from './suggest.ts';
import type { YamlPairs } from './yaml.ts';

/** The texts that one source gives, by field, and what could not be read there. */
export interface Layer {
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: readonly OptionFault[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a text file (UTF-8). */
export type ReadText = (path: string) => Promise<string>;

/** Why a file could not be read, e.g. ENOENT. */
export function errnoOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException | null)?.code ?? 'no reason given';
}

const FLAG = /^--?([^=-][^=]*)(?:=([\s\S]*))?$/;
/** What else stands for a name, such as `prom-urlhttp://user:password@host`, may be a secret. */
const NAME = /^[\w.-]{1,64}$/;

/**
 * Reads `--x v`, `--x=v` and the same with one dash; `-h` is `--help`. A boolean needs no value.
 * Of a flag that comes twice the last one counts, as in Go; repeatable ones add up.
 */
export function readArguments(argv: readonly string[], table: OptionTable): Layer {
  const fieldByName = new Map(Object.keys(table).map((field) => [optionName(field), field]));
  const texts = new Map<string, string>();
  const faults: OptionFault[] = [];
  const refuse = (option: string, rule: string) =>
    faults.push({ option, value: null, origin: 'flag', rule });
  const isKnownFlag = (text: string) => fieldByName.has(FLAG.exec(text)?.[1] ?? '');

  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] === '-h' ? '--help' : (argv[i] as string);
    const [, name, attached] = FLAG.exec(argument) ?? [];
    if (name === undefined) {
      // Its text is not shown: it may be a secret that lost its flag.
      refuse(`argument ${i + 1}`, 'belongs to no option');
      continue;
    }
    const next = argv[i + 1];
    const field = fieldByName.get(name);
    if (field === undefined) {
      if (NAME.test(name)) refuse(`--${name}`, unknownRule(name, [...fieldByName.keys()], '--'));
      else refuse(`argument ${i + 1}`, 'is of no option');
      if (attached === undefined && next !== undefined && !next.startsWith('-')) i++;
      continue;
    }
    const row = table[field] as OptionTable[string];
    let value = attached;
    if (value === undefined && row.kind.isSwitch) {
      value = next === 'true' || next === 'false' ? argv[++i] : 'true';
    } else if (value === undefined && next !== undefined && !isKnownFlag(next)) {
      value = argv[++i];
    }
    if (value === undefined) refuse(`--${name}`, `needs a value: ${row.kind.rule}`);
    else if (row.isRepeatable && texts.has(field))
      texts.set(field, `${texts.get(field)}\n${value}`);
    else texts.set(field, value);
  }
  return { texts, faults };
}

/** Reads the variables that belong to options; an empty one counts as not set. */
export function readEnvironment(env: Environment, table: OptionTable): Layer {
  const texts = new Map<string, string>();
  for (const [field, row] of Object.entries(table)) {
    const value = row.isFlagOnly ? undefined : env[envName(field)];
    if (value !== undefined && value !== '') texts.set(field, value);
  }
  return { texts, faults: [] };
}

/** What a config file says: of all, and of each of its `workloads`. */
export interface FileLayer extends Layer {
  /** Null when the file has no such list. */
  readonly entries: readonly Layer[] | null;
}

export const NO_FILE: FileLayer = { texts: new Map(), faults: [], entries: null };

/**
 * Reads a YAML file of `name: value`, with a list `workloads` of the same; names are those of the
 * flags, an empty value is not set.
 *
 * @param processFields that no entry of the list may set
 */
export async function readConfigFile(
  path: string,
  read: ReadText,
  table: OptionTable,
  processFields: readonly string[] = [],
): Promise<FileLayer> {
  let source: string;
  try {
    source = await read(path);
  } catch (thrown) {
    const rule = `cannot be read (${errnoOf(thrown)})`;
    return { ...NO_FILE, faults: [{ option: path, value: null, origin: 'file', rule }] };
  }
  const { readYaml } = await import('./yaml.ts');
  const { entries, ...shared } = readYaml(source);
  const names = { path, table, refused: [] };
  const ofEntry = { ...names, refused: processFields };
  return {
    ...layerOf(shared, names),
    entries: entries?.map((entry) => layerOf(entry, ofEntry)) ?? null,
  };
}

/** The pairs of a file by field. */
function layerOf(
  { pairs, mistakes }: YamlPairs,
  where: { path: string; table: OptionTable; refused: readonly string[] },
): Layer {
  const { path, table, refused } = where;
  const texts = new Map<string, string>();
  const faults: OptionFault[] = [];
  const refuse = (option: string, rule: string) =>
    faults.push({ option, value: null, origin: 'file', rule });
  const fieldByName = new Map(
    Object.entries(table)
      .filter(([, row]) => !row.isFlagOnly && !row.isOutsideFile)
      .map(([field]) => [optionName(field), field]),
  );
  const place = (line: number, name: string | null) =>
    name !== null && NAME.test(name) ? `${path}:${line}: ${name}` : `${path}:${line}`;
  for (const { line, name, rule } of mistakes) refuse(place(line, name), rule);
  for (const { name, text, isList, line } of pairs) {
    const field = fieldByName.get(name);
    if (field === undefined) {
      refuse(place(line, name), unknownRule(name, [...fieldByName.keys()]));
    } else if (refused.includes(field)) {
      refuse(place(line, name), 'is of the whole process: set it above workloads');
    } else if (isList && !table[field]?.isRepeatable) {
      refuse(place(line, name), 'must be one value, not a list');
    } else if (text !== '') {
      texts.set(field, text);
    }
  }
  return { texts, faults };
}
