import { betweenTwin } from './between-twin.ts';
import { normalQuantileTwin } from './normal-twin.ts';
import type { Case, Noted } from './record.ts';
import type { Item } from './twin.ts';

const LEVELS = Array.from({ length: 32 }, (_, k) => (k + 0.5) / 32);

/** Standard normal values of mean size 1. */
export function standardValues(): readonly number[] {
  return LEVELS.map((level) => normalQuantileTwin(level) * Math.sqrt(Math.PI / 2));
}

/** What assembly/risk/prior.ts and spread.ts take of errors before enough were seen. */
export function priorTwin(history: readonly number[]) {
  const moves = history.slice(1).map((value, i) => value - (history[i] as number));
  const known = moves.filter((move) => !Number.isNaN(move));
  const squares = known.reduce((sum, move) => sum + move ** 2, 0);
  const products = known.reduce((sum, move, i) => sum + move * (known[i - 1] ?? 0), 0);
  const correlation = products / squares + 1 / Math.sqrt(known.length);
  const persistence = Math.min(Math.max(1 + 2 * correlation, 0), 1);
  const growth = (steps: number) => Math.sqrt(steps / (steps - persistence * (steps - 1)));
  const normals = (steps: number) => steps - persistence * Math.max(steps - 1.5, 0);
  const highest = (of: number) => LEVELS.map((level) => normalQuantileTwin(level ** (1 / of)));
  const sizeOf = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  const wider = (value: number) => value * (1 + (value ** 2 + 1) / (4 * known.length));
  return {
    normals,
    values: (of: number) => highest(of).map((value) => wider(value) / sizeOf(highest(of))),
    sizes({ bands, peak }: Case, items: readonly Item[], first: number, ratio: Ratio) {
      const middles = bands.map((band) => (band.first + band.last) / 2);
      const measured = (row: number, prior: number) => {
        const own = items.filter((item) => item.row === row);
        const sum = own.reduce(
          (all, item) => all + (item.weight * Math.abs(item.error)) / Math.exp(ratio(item)),
          0,
        );
        return (8 * prior + sum) / (8 + own.reduce((all, item) => all + item.weight, 0));
      };
      const sizes: number[] = [];
      middles.forEach((middle, row) => {
        const step = growth(middle) / growth(middles[row - 1] ?? 1);
        sizes.push(measured(row, row === 0 ? first : (sizes[row - 1] as number) * step));
      });
      const { left, share } = betweenTwin(middles, peak?.steps ?? 1);
      const below = sizes[left] as number;
      const size = below + share * ((sizes[left + 1] ?? below) - below);
      const ofPeak = size * sizeOf(highest(normals(peak?.steps ?? 1))) * Math.sqrt(Math.PI / 2);
      const count = bands[0]?.noted.length ?? 0;
      const fitted = 1 + (11 * count) / (count + 8) ** 2;
      return [...sizes.map((each) => each * fitted), measured(bands.length, ofPeak)];
    },
  };
}

type Ratio = (item: Item) => number;

/** Independent errors that each of a row counts for. */
export function evidenceTwin(noted: readonly Noted[], isPeak: boolean): number {
  const errors = noted.map(({ actual, point }) => actual - point);
  const squares = errors.reduce((sum, error) => sum + error ** 2, 0);
  const products = errors.reduce((sum, error, k) => sum + error * (errors[k - 1] ?? 0), 0);
  const overlaps = noted.slice(1).map(({ origin, steps }, k) => {
    return Math.max(0, 1 - (origin - (noted[k] as Noted).origin) / steps);
  });
  const overlap = overlaps.reduce((sum, share) => sum + share, 0) / (overlaps.length || 1);
  const counted = isPeak ? 0 : errors.length;
  const measured = squares > 0 ? Math.max(0, products / squares) : 0;
  const r = (counted * measured + 32 * overlap) / (counted + 32);
  return (1 - r) / (1 + r);
}
