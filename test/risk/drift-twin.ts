import type { Item, Spread } from './twin.ts';

interface Drift {
  readonly test: 'size' | 'side';
  readonly excess: number;
  readonly since: number;
}

/** The tests of assembly/risk/drift.ts, each from scratch over the list of errors. */
export function driftTwin(
  items: readonly Item[],
  bands: number,
  { logRatio, sizes }: Spread,
): readonly Drift[] {
  const due = (item: Item) => item.origin + item.steps;
  const ofBands = items.filter(({ row }) => row < bands);
  // The errors of a band come in its order: none before the one that was noted before it.
  const turns = ofBands.map((item, k) => {
    const before = ofBands.slice(0, k).filter(({ row }) => row === item.row);
    return { item, turn: Math.max(due(item), ...before.map(due)) };
  });
  turns.sort((a, b) => a.turn - b.turn || a.item.row - b.item.row);
  const ordered = turns.map(({ item }) => item);
  const ratios = ordered.map((item) => {
    const size = (sizes[item.row] as number) * Math.exp(logRatio(item.signs));
    return size > 0 ? item.error / size : 0;
  });
  const run = (test: Drift['test'], beyond: (ratio: number) => number) => {
    let [excess, since] = [0, 0];
    ratios.forEach((ratio, k) => {
      excess += beyond(ratio) / bands;
      if (excess > 0) return;
      [excess, since] = [0, due(ordered[k] as Item)];
    });
    return { test, excess, since };
  };
  const oneSided = (ratio: number) => (Math.abs(ratio) > 3 ? Math.min(ratio, 8) - 3 : -2);
  return [
    run('size', (ratio) => Math.min(Math.abs(ratio), 4) - 1.5),
    run('side', oneSided),
    run('side', (ratio) => oneSided(-ratio)),
  ];
}
