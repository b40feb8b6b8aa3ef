import { type OptionFault, valueFault } from './faults.ts';
import type { OptionTable, ValuesOf } from './option.ts';
import type { Resolved } from './resolve.ts';

/** A rule between options, each of which is right by itself. */
export interface Rule<V> {
  /** Those that it looks at; the first is the one that a fault names. */
  readonly fields: readonly [keyof V & string, ...(keyof V & string)[]];
  /** What is wrong, or null. */
  check(values: V): string | null;
}

/** Breaks when `isBroken` says so. */
export function rule<V>(
  fields: Rule<V>['fields'],
  isBroken: (values: V) => boolean,
  message: string | ((values: V) => string),
): Rule<V> {
  const messageOf = typeof message === 'string' ? () => message : message;
  return { fields, check: (values) => (isBroken(values) ? messageOf(values) : null) };
}

/** The rules that are broken; one that looks at a faulty field says nothing. */
export function ruleFaults<T extends OptionTable>(
  table: T,
  { values, given, faultyFields }: Omit<Resolved<T>, 'faults'>,
  rules: readonly Rule<ValuesOf<T>>[],
): OptionFault[] {
  return rules.flatMap(({ fields, check }) => {
    if (fields.some((field) => faultyFields.has(field))) return [];
    const [field] = fields;
    const message = check(values);
    const row = table[field] as OptionTable[string];
    return message === null ? [] : [valueFault(field, row, given[field], message)];
  });
}
