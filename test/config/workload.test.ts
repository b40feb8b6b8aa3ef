import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIdentity, parseIdentity } from '../../src/config/workload.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);

describe('parseIdentity', () => {
  it('reads what formatIdentity writes', () => {
    const names = fc.record({ namespace: fc.option(label), name: label });
    fc.assert(
      fc.property(names, (workload) => {
        expect(parseIdentity(formatIdentity(workload))).toEqual(workload);
      }),
    );
  });

  it('takes only letters, digits, dots, hyphens and one slash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const workload = parseIdentity(text);
        if (workload) expect(text).toMatch(/^[a-z0-9.-]+(\/[a-z0-9.-]+)?$/);
      }),
    );
  });

  it.each([
    ...['', '/', 'a/', '/a', 'a/b/c', 'my-api&x=1', 'My-Api', '-a', 'a-', 'a..b', 'a.b/c', 'a\n'],
    ...['ä', 'a b', 'x'.repeat(64), `a/${'x'.repeat(64)}`, `${'x'.repeat(64)}/a`],
    Array.from({ length: 10 }, () => 'x'.repeat(26)).join('.'),
  ])('refuses %j', (text) => {
    expect(parseIdentity(text)).toBeNull();
  });
});
