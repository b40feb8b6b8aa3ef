import type { Kind } from './kinds.ts';

/** One row of a table of options: parsing, environment, help, README and checks come from it. */
export interface Option<T> {
  readonly kind: Kind<T>;
  /** Read like any given text. */
  readonly default: string;
  readonly doc: string;
  /** The default in words, where it depends on other options. */
  readonly defaultDoc?: string;
  /** How the text is shown in messages and by --print-config; as it is when absent. */
  readonly mask?: (text: string) => string;
  /** May be given several times; the texts are joined by line breaks. */
  readonly isRepeatable?: true;
  /** Neither in the environment nor in the config file. */
  readonly isFlagOnly?: true;
  /** Not in the config file. */
  readonly isOutsideFile?: true;
}

/** Rows by the field that holds their value. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The values of a table. */
export type ValuesOf<T> = { readonly [F in keyof T]: T[F] extends Option<infer V> ? V : never };

export function option<T>(
  kind: Kind<T>,
  byDefault: string,
  doc: string,
  more: Omit<Option<T>, 'kind' | 'default' | 'doc'> = {},
): Option<T> {
  return { kind, default: byDefault, doc, ...more };
}

/** Flag and key of a field: `stepSeconds` → `step`, `minReplicas` → `min`, `arimaP` → `arima-p`. */
export function optionName(field: string): string {
  const noun = field.replace(/Seconds$|Replicas$/, '');
  return noun.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Names that other programs take for their own. */
const TAKEN = ['MODE'];

/** Environment variable of a field: `stepSeconds` → `STEP`, `arimaP` → `ARIMA_P`. */
export function envName(field: string): string {
  const name = optionName(field).replaceAll('-', '_').toUpperCase();
  return TAKEN.includes(name) ? `KEDASTRAL_${name}` : name;
}

/** The text as it may be shown: secrets masked. */
export function shown(row: Option<unknown>, text: string): string {
  return row.mask && text !== '' ? row.mask(text) : text;
}
