import { KedastralError, quotedValue } from '../errors.ts';
import { INT32_MAX } from './int32.ts';

/** Of Go's time.Duration. */
export const SECONDS_MAX = 9_223_372_036;

/** The refusal of one field of a case, naming it and the value found. */
export function refusal(path: string, value: unknown, rule: string): KedastralError {
  const message = `case: ${path}: ${quotedValue(value)} ${rule}`;
  return new KedastralError('option_invalid', 'config', message);
}

/** The fields of one JSON object, read one by one; null and absent are the same, as in Go. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  /**
   * @param path of the object in the case, '' for the case itself
   * @throws KedastralError option_invalid: no object, or a field that is not among `known`
   */
  constructor(
    value: unknown,
    private readonly path: string,
    known: readonly string[],
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw refusal(path || 'the whole', value, 'is not an object');
    }
    this.#values = value as Record<string, unknown>;
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      throw refusal(
        this.pathOf(name),
        this.#values[name],
        `is unknown; known: ${known.join(', ')}`,
      );
    }
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  raw(name: string): unknown {
    return this.#values[name] ?? undefined;
  }

  number(name: string, fallback: number): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw refusal(this.pathOf(name), value, 'is not a number');
  }

  /** A number of seconds, ≥ 0, that Go's time.Duration holds. */
  seconds(name: string, fallback: number): number {
    const value = this.number(name, fallback);
    if (value >= 0 && value <= SECONDS_MAX) return value;
    const rule = value < 0 ? 'is negative' : `is over ${SECONDS_MAX}`;
    throw refusal(this.pathOf(name), value, rule);
  }

  /** A whole number in least..2^31 − 1. */
  int(name: string, fallback: number, least: number): number {
    const value = this.number(name, fallback);
    if (Number.isInteger(value) && value >= least && value <= INT32_MAX) return value;
    throw refusal(this.pathOf(name), value, `is not a whole number from ${least} to ${INT32_MAX}`);
  }

  string(name: string, fallback: string): string {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'string') return value;
    throw refusal(this.pathOf(name), value, 'is not a string');
  }

  oneOf<T extends string>(name: string, fallback: T, choices: readonly T[]): T {
    const value = this.string(name, fallback);
    const choice = choices.find((known) => known === value);
    if (choice !== undefined) return choice;
    throw refusal(this.pathOf(name), value, `is none of ${choices.join(', ')}`);
  }

  /** Each element with its path; undefined when the field is absent. */
  list(name: string): { readonly value: unknown; readonly path: string }[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw refusal(this.pathOf(name), value, 'is not a list');
    return value.map((element, i) => ({ value: element, path: `${this.pathOf(name)}[${i}]` }));
  }
}
