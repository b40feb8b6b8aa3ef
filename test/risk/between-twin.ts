/** Index of the mark before, and the share of the one after, on a logarithmic scale. */
export function betweenTwin(
  marks: readonly number[],
  step: number,
): { left: number; share: number } {
  if (marks.length < 2) return { left: 0, share: 0 };
  const found = marks.findIndex((mark, k) => k > 0 && mark >= step);
  const right = found < 0 ? marks.length - 1 : found;
  const [low, high] = [Math.log(marks[right - 1] as number), Math.log(marks[right] as number)];
  return {
    left: right - 1,
    share: Math.min(Math.max((Math.log(step) - low) / (high - low), 0), 1),
  };
}
