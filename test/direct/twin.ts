/**
 * The slow, plain twin of assembly/direct: the same definitions on arrays. Every row that was ever
 * taken in is kept with its weight, and each solution starts from all of them: weighted means,
 * deviations and correlations in two passes, then elimination with pivots.
 */

interface Shape {
  readonly day: number;
  readonly days: number;
  readonly week: number;
}

interface Row {
  readonly features: readonly number[];
  readonly target: number;
  /** Step of the target, counted from the first one. */
  readonly step: number;
  weight: number;
}

interface Fit {
  readonly intercept: number;
  readonly slopes: readonly number[];
}

const LAGS = [0, 1, 2, 3, 4, 5];
const sum = (xs: readonly number[]) => xs.reduce((total, x) => total + x, 0);
const average = (xs: readonly number[]) => sum(xs) / xs.length;

/** What is known at the end of `values`, gaps held, of the step `h` ahead. */
function featuresOf(values: readonly number[], h: number, { day, days, week }: Shape): number[] {
  const now = values.length - 1;
  const at = (i: number): number => values[Math.min(Math.max(i, 0), now)] as number;
  const recent = (steps: number, end = now) =>
    average(values.slice(Math.max(0, end + 1 - steps), end + 1));
  const back = (from: number, lag: number): number => {
    let reach = lag;
    let i = from - lag;
    while (i < 0 && reach > day) {
      i += day;
      reach -= day;
    }
    return i;
  };
  const half = Math.max(1, Math.round(day / 96));
  const level = recent(24);
  const seasons = Array.from({ length: days }, (_, k) => (k + 1) * day);
  if (week > 0) seasons.push(week);
  const features = [...LAGS.map((lag) => at(now - lag)), recent(60)];
  for (const lag of seasons) {
    const there = Math.min(Math.max(back(now + h, Math.ceil(h / lag) * lag), 0), now);
    const around = there >= half && there + half <= now;
    const smooth = around ? recent(2 * half + 1, there + half) : at(there);
    features.push(at(back(now, lag)), at(there), smooth);
  }
  return features.map((value) => value - level);
}

/** Ridge regression of penalty 0.01 · Σ weights on standardised features. */
export function ridge(rows: readonly Omit<Row, 'step'>[]): Fit {
  const weights = rows.map(({ weight }) => weight);
  const total = sum(weights);
  const mean = (of: (row: Omit<Row, 'step'>) => number) =>
    sum(rows.map((row) => row.weight * of(row))) / total;
  const p = rows[0]?.features.length ?? 0;
  const means = Array.from({ length: p }, (_, k) => mean((row) => row.features[k] as number));
  const targetMean = mean((row) => row.target);
  const centred = rows.map((row) => row.features.map((x, k) => x - (means[k] as number)));
  const moment = (a: (i: number) => number, b: (i: number) => number) =>
    sum(rows.map((_, i) => (weights[i] as number) * a(i) * b(i))) / total;
  const x = (k: number) => (i: number) => (centred[i] as number[])[k] as number;
  const inverse = means.map((_, k) => {
    const variance = moment(x(k), x(k));
    const square = mean((row) => (row.features[k] as number) ** 2);
    return variance > 1e-12 * square ? 1 / Math.sqrt(variance) : 0;
  });
  const matrix = inverse.map((a, j) =>
    inverse.map((b, k) => (j === k ? 1.01 : moment(x(j), x(k)) * a * b)),
  );
  const y = (i: number) => (rows[i] as Row).target - targetMean;
  const right = inverse.map((a, k) => moment(x(k), y) * a);
  const slopes = eliminate(matrix, right).map((value, k) => value * (inverse[k] as number));
  return { slopes, intercept: targetMean - sum(slopes.map((b, k) => b * (means[k] as number))) };
}

/** Solves A x = b by Gauss–Jordan elimination with pivots. */
function eliminate(a: readonly number[][], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i] as number]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    const rest = rows.map((row, i) => (i < k ? -1 : Math.abs(row[k] as number)));
    const pivot = rest.indexOf(Math.max(...rest));
    [rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]];
    const head = rows[k] as number[];
    for (const [i, row] of rows.entries()) {
      if (i === k) continue;
      const factor = (row[k] as number) / (head[k] as number);
      for (let j = k; j <= n; j++) row[j] = (row[j] as number) - factor * (head[j] as number);
    }
  }
  return rows.map((row, i) => (row[n] as number) / (row[i] as number));
}

function blocksOf(horizon: number): [first: number, last: number][] {
  const ends = [0, 1, 2, 3, 4].map((k) => Math.round(Math.exp((k / 4) * Math.log(horizon))));
  const distinct = [...new Set(ends)];
  return distinct.map((end, k) => [(distinct[k - 1] ?? 0) + 1, end]);
}

/** One block of the horizon. */
class Block {
  readonly #steps: readonly number[];
  readonly #shape: Shape;
  #rows: Row[] = [];
  #fit: Fit | null = null;
  #usual = 0;
  square = 0;

  constructor([first, last]: [number, number], shape: Shape) {
    const span = last - first;
    const rows = Math.min(3, span + 1);
    this.#steps = Array.from({ length: rows }, (_, k) =>
      rows > 1 ? first + Math.floor((k * span) / (rows - 1)) : first,
    );
    this.#shape = shape;
  }

  change(features: readonly number[]): number {
    if (!this.#fit) return 0;
    const { intercept, slopes } = this.#fit;
    return intercept + sum(slopes.map((slope, k) => slope * (features[k] as number)));
  }

  #weight({ features, target }: Row, usual: number): number {
    const error = Math.abs(target - this.change(features));
    return usual > 0 && error > usual ? usual / error : 1;
  }

  /** Takes in step i; `values` have their gaps held. */
  learn(values: readonly number[], i: number, robust: boolean): void {
    const usual = this.#usual;
    for (const h of this.#steps) {
      if (i - h < Math.max(this.#shape.days > 0 ? this.#shape.day : 0, 12)) continue;
      const seen = values.slice(0, i - h + 1);
      const target = (values[i] as number) - average(seen.slice(-24));
      const features = featuresOf(seen, h, this.#shape);
      const row: Row = { features, target, step: i, weight: 1 };
      const error = Math.abs(target - this.change(features));
      if (robust) row.weight = this.#weight(row, usual);
      this.#rows.push(row);
      const counted = this.#usual > 0 ? Math.min(error, 3 * this.#usual) : error;
      this.#usual += (this.#usual > 0 ? 0.02 : 1) * (counted - this.#usual);
      this.square += 0.02 * (error ** 2 - this.square);
    }
  }

  solve(): void {
    if (this.#rows.length > 0) this.#fit = ridge(this.#rows);
  }

  fade(share: number): void {
    for (const row of this.#rows) row.weight *= share;
  }

  /** `age` = times that a row of a step has faded. */
  reweigh(age: (step: number) => number, share: number): void {
    for (const row of this.#rows) {
      row.weight = this.#weight(row, this.#usual) * share ** age(row.step);
    }
    this.solve();
  }
}

/**
 * The model `direct` on values of which the first is observed, not yet clipped at 0.
 *
 * @param start absolute number of the first step
 */
export function directTwin(
  observed: readonly number[],
  start: number,
  shape: Shape,
  horizon: number,
): { point: number[]; sigma: number[] } {
  const scale = Math.max(...observed.filter((value) => !Number.isNaN(value)).map(Math.abs)) || 1;
  const bounds = blocksOf(horizon);
  const blocks = bounds.map((bound) => new Block(bound, shape));
  const seasonal = shape.days > 0;
  const period = seasonal ? Math.max(1, Math.floor(shape.day / 12)) : 64;
  const share = seasonal ? Math.exp(-period / (10 * shape.day)) : 1;
  const isMultiple = (i: number) => (start + i) % period === 0;
  let due = Math.floor(1.5 * Math.max(seasonal ? shape.day : 0, 12));
  let robust = false;
  const values: number[] = [];
  const reweigh = () => {
    robust = true;
    const multiples = values.map((_, i) => i).filter(isMultiple);
    for (const block of blocks) {
      block.reweigh((step) => multiples.filter((i) => i >= step).length, share);
    }
  };
  for (const [i, value] of observed.entries()) {
    const missing = Number.isNaN(value);
    values.push(missing ? (values[i - 1] as number) : value / scale);
    if (!missing) for (const block of blocks) block.learn(values, i, robust);
    if (!isMultiple(i)) continue;
    for (const block of blocks) {
      block.solve();
      block.fade(share);
    }
    if (i + 1 < due) continue;
    due = Math.floor(1.5 * (i + 1));
    reweigh();
  }
  reweigh();
  reweigh();
  const level = average(values.slice(-24));
  const steps = Array.from({ length: horizon }, (_, k) => k + 1);
  const blockOf = (h: number) =>
    blocks[bounds.findIndex(([first, last]) => first <= h && h <= last)] as Block;
  return {
    point: steps.map((h) => scale * (level + blockOf(h).change(featuresOf(values, h, shape)))),
    sigma: steps.map((h) => scale * Math.sqrt(blockOf(h).square)),
  };
}
