/** Typing slips: insertions, deletions, replacements and swaps of neighbours from `a` to `b`
 * (optimal string alignment distance). */
function slips(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + (isSame ? 0 : 1),
      );
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] as number) + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] as number;
}

const NAME_LENGTH_MAX = 64;

/** The known name that was probably meant, or undefined when none is near. */
export function closest(name: string, known: readonly string[]): string | undefined {
  if (name.length > NAME_LENGTH_MAX) return undefined;
  const slipsMax = Math.max(1, Math.floor(name.length / 3));
  let best: { candidate: string; count: number } | undefined;
  for (const candidate of known) {
    const count = slips(name, candidate);
    if (count <= slipsMax && (!best || count < best.count)) best = { candidate, count };
  }
  return best?.candidate;
}

/** What is said of an unknown name. */
export function unknownRule(name: string, known: readonly string[], prefix = ''): string {
  const meant = closest(name, known);
  return meant ? `unknown; did you mean ${prefix}${meant}?` : 'unknown';
}
