import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutatedBytes, mutatedJson } from './mutations.ts';
import { fuzz } from './run-target.ts';
import { accepted, target } from './target.ts';
import { TARGETS } from './targets.ts';

const RUNS = 100;
/** The one that needs a real part: `npm run fuzz` has it. */
const IN_PROCESS = TARGETS.filter(({ name }) => name !== 'redis-value');

describe('a fuzzer', () => {
  it.each(IN_PROCESS.map((each) => [each.name, each] as const))(
    'of %s finds nothing',
    async (_name, each) => fuzz(each, { seed: 7, runs: RUNS }),
    120_000,
  );

  it('has a name of its own for each target', () => {
    const names = TARGETS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('finds a fault, makes it small, and says how to see it again', async () => {
    const seeds = ['{"a":{"b":[1,2,3]},"c":"text"}'];
    const check = (text: string) => {
      if (text.includes('__proto__')) throw new Error('found');
    };
    const faulty = target('faulty', 1, mutatedJson(seeds), check);
    const thrown = await fuzz(faulty, { seed: 3, runs: 5_000 }).catch((error: Error) => error);
    const { message } = thrown as Error;
    const [, seed, path] = /--only faulty --seed (\d+) --path (\S+)/.exec(message) ?? [];
    const again = fuzz(faulty, { seed: Number(seed), runs: 1, path });
    await expect(again).rejects.toThrow('Error: found');
  });

  it('takes no other exception for a refusal', async () => {
    const work = () => JSON.parse('{');
    await expect(accepted(work, ['adapter_response'])).rejects.toThrow(SyntaxError);
  });

  it('makes many inputs of one seed, the same of the same number', () => {
    const inputs = mutatedBytes([Buffer.from('seed'), Buffer.from('corpus')]);
    const sample = () => fc.sample(inputs, { seed: 1, numRuns: 500 }).map(String);
    expect(new Set(sample()).size).toBeGreaterThan(200);
    expect(sample()).toEqual(sample());
  });
});
