import type fc from 'fast-check';
import { type FaultCode, KedastralError } from '../../src/errors.ts';
import { SECRET } from './nasty.ts';

/** One way into the product for what others write. */
export interface Target<I = unknown> {
  readonly name: string;
  /** Its part of the runs, beside those of the others. */
  readonly weight: number;
  readonly inputs: fc.Arbitrary<I>;
  open(): Promise<Opened<I>>;
}

/** A target that is ready, with the servers that it needs. */
export interface Opened<I> {
  /** Rejects, or throws, when what came of the input is not right. */
  check(input: I): void | Promise<void>;
  close?(): Promise<void>;
}

/** A target without servers. */
export function target<I>(
  name: string,
  weight: number,
  inputs: fc.Arbitrary<I>,
  check: Opened<I>['check'],
): Target<I> {
  return { name, weight, inputs, open: async () => ({ check }) };
}

export function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const MESSAGE_LENGTH_MAX = 1_500;
// biome-ignore lint/suspicious/noControlCharactersInRegex: no message may hold one
const CONTROL = /[\0-\x08\x0b-\x1f\x7f]/;

/** Whatever is told to people is short, and a terminal can print it. */
export function claimPrintable(text: string, lengthMax = MESSAGE_LENGTH_MAX): void {
  claim(text.length > 0 && text.length <= lengthMax, `${text.length} characters are told`);
  claim(!CONTROL.test(text), `control characters are told: ${JSON.stringify(text)}`);
}

/** And it holds no secret. */
export function claimTellable(text: string): void {
  claimPrintable(text);
  claim(!text.includes(SECRET), `a secret is told: ${text}`);
  claim(!/\[object |undefined/.test(text), `nothing is told: ${text}`);
}

/**
 * What `work` gives, or null where it refuses the input with one of these faults and says why.
 *
 * @param names what each message must name one of
 */
export async function accepted<T>(
  work: () => T | Promise<T>,
  codes: readonly FaultCode[],
  names = /./s,
): Promise<T | null> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof KedastralError)) throw thrown;
    if (!codes.includes(thrown.code))
      throw new Error(`refused as ${thrown.code}`, { cause: thrown });
    claimTellable(thrown.message);
    claim(names.test(thrown.message), `names no field: ${thrown.message}`);
    return null;
  }
}
