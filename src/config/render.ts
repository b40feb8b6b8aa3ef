import type { WorkloadEntry } from './entries.ts';
import { envName, type Option, type OptionTable, optionName, shown } from './option.ts';
import { OPTION_GROUPS, OPTIONS, type OptionField, type Options } from './options.ts';
import type { Given } from './resolve.ts';

const HELP_LEFT_WIDTH = 32;
const HELP_WIDTH = 100;

/** Rows of a table for `--help`: flag and kind, then meaning, default and variable. */
export function helpRows(table: OptionTable): string {
  return Object.entries(table)
    .map(([field, row]) => {
      const flag = `  --${optionName(field)}${row.kind.isSwitch ? '' : ` ${row.kind.label}`}`;
      const notes = [defaultDoc(row)].filter((note) => note !== '');
      if (!row.isFlagOnly) notes.push(`$${envName(field)}`);
      const meaning = notes.length > 0 ? `${row.doc} (${notes.join('; ')})` : row.doc;
      const lines = wrap(meaning.replaceAll('`', ''), HELP_WIDTH - HELP_LEFT_WIDTH);
      const indent = `\n${' '.repeat(HELP_LEFT_WIDTH)}`;
      const isLong = flag.length >= HELP_LEFT_WIDTH;
      const long = wrap(flag.trim(), HELP_WIDTH - HELP_LEFT_WIDTH).join(indent);
      const left = isLong ? `  ${long}${indent}` : flag.padEnd(HELP_LEFT_WIDTH);
      return `${left}${lines.join(indent)}\n`;
    })
    .join('');
}

/** The options part of `--help`. */
export function helpText(): string {
  const groups = Object.entries(OPTION_GROUPS).map(
    ([title, table]) => `\n${title}:\n${helpRows(table)}`,
  );
  return `Options: a flag before the environment before the config file.\n${groups.join('')}`;
}

/** What is printed: parts of what `parseOptions` gives. */
interface Printed {
  readonly options: Options;
  readonly given: Readonly<Record<OptionField, Given>>;
  readonly workloads: readonly WorkloadEntry[] | null;
}

/** Every option in force as a config file, secrets masked, with the source of each as a comment. */
export function printConfig({ options, given, workloads }: Printed): string {
  const values: Record<string, unknown> = { ...options, promHeader: options.promHeaders };
  return Object.entries(OPTIONS as OptionTable)
    .filter(([, row]) => !row.isFlagOnly && !row.isOutsideFile)
    .map(([field, row]) => {
      const text = shown(row, row.kind.format(values[field]));
      const { origin } = given[field as OptionField];
      const isList = row.isRepeatable && text !== '';
      const yaml = isList ? JSON.stringify(text.split('\n')) : yamlScalar(text);
      return `${optionName(field)}: ${yaml}${origin === 'default' ? '' : ` # ${origin}`}\n`;
    })
    .concat(workloads === null ? [] : printEntries(workloads))
    .join('');
}

/** The entries as they were given, on what is above them. */
function printEntries(workloads: readonly WorkloadEntry[]): string {
  const entries = workloads.map(({ texts }) => {
    const lines = [...texts].map(([field, text]) => {
      const row = (OPTIONS as OptionTable)[field] as Option<unknown>;
      const lines = shown(row, text).split('\n');
      const yaml = row.isRepeatable ? JSON.stringify(lines) : yamlScalar(lines.join('\n'));
      return `${optionName(field)}: ${yaml}\n`;
    });
    return `  - ${lines.join('    ')}`;
  });
  return entries.length === 0 ? 'workloads: []\n' : `workloads:\n${entries.join('')}`;
}

/** README's table of all options. */
export function optionsMarkdown(): string {
  const lines = ['| Option | Environment | Default | Must be | Meaning |', '|---|---|---|---|---|'];
  for (const [title, table] of Object.entries(OPTION_GROUPS)) {
    lines.push(`| **${title}** | | | | |`);
    for (const [field, row] of Object.entries(table as OptionTable)) {
      const env = row.isFlagOnly ? '' : `\`${envName(field)}\``;
      const byDefault = row.defaultDoc ?? (row.default === '' ? '' : `\`${row.default}\``);
      const cells = [`\`--${optionName(field)}\``, env, byDefault, row.kind.rule, row.doc];
      lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/**
 * A page with one of its generated sections, between `<!-- name:start -->` and `<!-- name:end -->`,
 * brought up to date.
 *
 * @throws Error when the markers are missing
 */
export function withSection(page: string, name: string, markdown: string): string {
  const [start, end] = [`<!-- ${name}:start -->\n`, `<!-- ${name}:end -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page has no ${start.trim()} … ${end}`);
  return page.slice(0, from + start.length) + markdown + page.slice(to);
}

function defaultDoc(row: Option<unknown>): string {
  if (row.defaultDoc !== undefined) return `default ${row.defaultDoc}`;
  return row.default === '' || row.kind.isSwitch ? '' : `default ${row.default}`;
}

/** Plain where YAML reads it as that text, else in double quotes. */
function yamlScalar(text: string): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9._/+-]*(?::[A-Za-z0-9._/+-]+)*$/.test(text);
  return isPlain ? text : JSON.stringify(text);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
