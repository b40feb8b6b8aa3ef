import fc from 'fast-check';
import type { Target } from './target.ts';

export interface Runs {
  readonly seed: number;
  readonly runs: number;
  /** Of fast-check: leads to one input, shrunk or not. */
  readonly path?: string | undefined;
  /** Told of each input before it is checked. */
  readonly onInput?: (input: unknown) => void;
}

const INPUT_LENGTH_MAX = 4_000;

/** A failed run, in words that say how to see it again. */
export class FoundFault extends Error {}

/**
 * Checks a target with so many inputs.
 *
 * @throws FoundFault with the smallest input that still fails
 */
export async function fuzz<I>(
  target: Target<I>,
  { seed, runs, path, onInput }: Runs,
): Promise<void> {
  const { check, close } = await target.open();
  const property = fc.asyncProperty(target.inputs, async (input) => {
    onInput?.(input);
    await check(input);
  });
  try {
    const found = await fc.check(property, { seed, numRuns: runs, ...(path && { path }) });
    if (!found.failed) return;
    const { counterexample, counterexamplePath, errorInstance, numShrinks } = found;
    const input = JSON.stringify(counterexample?.[0])?.slice(0, INPUT_LENGTH_MAX);
    const replay = `--only ${target.name} --seed ${seed} --path ${counterexamplePath}`;
    const message = [
      `${target.name}: ${shown(errorInstance)}`,
      `input, after ${numShrinks} steps of shrinking: ${input}`,
      `see it again: npm run fuzz -- ${replay}`,
    ].join('\n');
    throw new FoundFault(message, { cause: errorInstance });
  } finally {
    await close?.();
  }
}

function shown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause ? `\ncaused by ${shown(thrown.cause)}` : '';
  return (thrown.stack ?? thrown.message) + cause;
}
