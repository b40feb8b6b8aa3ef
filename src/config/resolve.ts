import { type OptionFault, type Origin, valueFault } from './faults.ts';
import type { Option, OptionTable, ValuesOf } from './option.ts';
import type { Layer } from './sources.ts';

/** A text and the place it came from. */
export interface Given {
  readonly text: string;
  readonly origin: Origin;
}

/** A table's values. Fields with a fault hold their default. */
export interface Resolved<T extends OptionTable> {
  readonly values: ValuesOf<T>;
  readonly given: Readonly<Record<keyof T, Given>>;
  readonly faultyFields: ReadonlySet<keyof T>;
  readonly faults: readonly OptionFault[];
}

/** The value of a row's default text. */
export function defaultValue(row: Option<unknown>): unknown {
  return row.kind.parse(row.default);
}

/** Takes each field from the first layer that gives it, else its default, and reads it. */
export function resolve<T extends OptionTable>(
  table: T,
  layers: readonly (readonly [Origin, Layer])[],
): Resolved<T> {
  const values: Record<string, unknown> = {};
  const given: Record<string, Given> = {};
  const faultyFields = new Set<keyof T>();
  const faults: OptionFault[] = [];
  for (const [field, row] of Object.entries(table)) {
    const [origin, layer] = layers.find(([, { texts }]) => texts.has(field)) ?? [];
    const text = layer?.texts.get(field) ?? row.default;
    const from: Given = { text, origin: origin ?? 'default' };
    const value = row.kind.parse(text);
    if (value === undefined) {
      faultyFields.add(field);
      faults.push(valueFault(field, row, from, `must be ${row.kind.rule}`));
    }
    values[field] = value === undefined ? defaultValue(row) : value;
    given[field] = from;
  }
  return {
    values: values as ValuesOf<T>,
    given: given as Record<keyof T, Given>,
    faultyFields,
    faults,
  };
}
