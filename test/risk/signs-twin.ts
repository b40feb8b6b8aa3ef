import type { Case } from './record.ts';

const DAY = 86_400;
const HOUR = 3_600;

/** The signs of assembly/risk/signs.ts, of a forecast made at a step of the history. */
export function signsTwin({ history, stepSeconds, cutoffSeconds, point }: Case) {
  const observed = history.filter((value) => !Number.isNaN(value));
  const lowest = Math.min(...observed);
  const height = observed.reduce((a, b) => a + b, 0) / observed.length - lowest;
  const sizes = history.map((value, i) => Math.abs(value - (history[i - 1] ?? Number.NaN)));
  const known = sizes.filter((size) => !Number.isNaN(size));
  const change = known.reduce((a, b) => a + b, 0) / known.length;
  const start = cutoffSeconds - history.length * stepSeconds;
  const slotOf = (i: number) => {
    const seconds = start + (i + 0.5) * stepSeconds;
    return (seconds - Math.floor(seconds / DAY) * DAY) / HOUR;
  };
  const isTwoDays = history.length * stepSeconds >= 2 * DAY;
  const hours = Array.from({ length: 24 }, (_, k) => {
    let sum = 2 * change;
    let count = 2;
    sizes.forEach((size, i) => {
      if (Number.isNaN(size) || !isTwoDays) return;
      const apart = (Math.floor(slotOf(i)) - k + 24) % 24;
      const share = apart === 0 ? 1 : apart === 1 || apart === 23 ? 0.5 : 0;
      sum += share * size;
      count += share;
    });
    return change > 0 ? sum / count / change : 1;
  });
  const share = 1 - Math.exp(-1 / Math.max(HOUR / stepSeconds, 3));
  const now: number[] = [];
  let [sum, weight] = [0, 0];
  for (const size of sizes) {
    const taken = Number.isNaN(size) ? 0 : share;
    sum = (1 - share) * sum + (taken > 0 ? taken * size : 0);
    weight = (1 - share) * weight + taken;
    now.push(sum / weight);
  }
  return (origin: number, steps: number, said: number): number[] => {
    const position = slotOf(origin + steps) - 0.5;
    const below = Math.floor(position);
    const left = hours[(below + 24) % 24] as number;
    const right = hours[(below + 1) % 24] as number;
    const lively = change > 0 && weight > 0 ? Math.log((now[origin] as number) / change + 0.1) : 0;
    const known = Number.isNaN(lively) ? 0 : lively;
    return [
      Math.log((height > 0 ? Math.max(said - lowest, 0) / height : 1) + 0.1),
      Math.log(left + (position - below) * (right - left) + 0.1),
      known,
      (known * Math.log(steps)) / (point.length > 1 ? Math.log(point.length) : 1),
    ];
  };
}
