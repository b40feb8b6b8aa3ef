import { betweenTwin } from './between-twin.ts';
import { driftTwin } from './drift-twin.ts';
import { evidenceTwin, priorTwin, standardValues } from './prior-twin.ts';
import type { Case, Noted } from './record.ts';
import { signsTwin } from './signs-twin.ts';

export interface Item extends Noted {
  readonly row: number;
  readonly error: number;
  readonly signs: readonly number[];
  /** Independent errors that it counts for. */
  readonly evidence: number;
  weight: number;
}

/** The calibration of assembly/risk/, slow and plain: each level's quantiles, and the peak's. */
export function calibrationTwin(
  given: Case,
  levels: readonly number[],
): { bands: Record<string, number[]>; peak: Record<string, number>; excess: number } {
  const { history, point, sigma, peak } = given;
  const signsOf = signsTwin(given);
  const rows = [...given.bands, ...(peak ? [peak] : [])];
  const middles = given.bands.map(({ first, last }) => (first + last) / 2);
  const items: Item[] = rows.flatMap(({ noted }, row) => {
    const evidence = evidenceTwin(noted, row === given.bands.length);
    return noted.map((each, k) => ({
      ...each,
      row,
      error: each.actual - each.point,
      signs: signsOf(each.origin, each.steps, each.point),
      evidence,
      weight: (k + 8) / (noted.length + 8),
    }));
  });
  const priors = [...middles, ...(peak ? [peak.steps] : [])].map(
    (step) => Math.sqrt(2 / Math.PI) * (sigma[Math.floor(step) - 1] as number),
  );
  const older = items.map((item) => {
    const count = rows[item.row]?.noted.length ?? 0;
    const place = rows[item.row]?.noted.findIndex((each) => each.origin === item.origin) ?? 0;
    return { ...item, weight: place < count - Math.floor(count / 3) ? item.weight : 0 };
  });
  const first = spreadTwin(older, priors, [0, 0, 0, 0], 2);
  const drifts = driftTwin(items, given.bands.length, first);
  const forget = (some: readonly Item[], test: 'size' | 'side') =>
    some.map((item) => {
      const share = test === 'size' ? 0.2 : Math.min(1, 8 / (rows[item.row]?.noted.length ?? 0));
      const isOld = (since: number) => item.origin + item.steps <= since;
      const alarms = drifts.filter((each) => each.test === test && each.excess > 8);
      const times = alarms.filter(({ since }) => isOld(since)).length;
      return { ...item, weight: item.weight * share ** times };
    });
  const sized = forget(items, 'size');
  const spread = spreadTwin(sized, priors, first.coefficients, 3);
  const { logRatio } = spread;
  const last = history.length - 1;
  const horizon = point.length;
  const nodes = [0, 1, 2, 3, 4, 5, 6, 7].map((k) =>
    Math.round(Math.exp((k / 7) * Math.log(horizon))),
  );
  const scaledBy = (sizes: readonly number[]) =>
    items.map((item) => {
      const size = (sizes[item.row] as number) * Math.exp(logRatio(item.signs));
      return size > 0 ? item.error / size : 0;
    });
  const between = (step: number) => betweenTwin(middles, step);
  const spreadAt = (sizes: readonly number[], h: number) => {
    const { left, share } = between(h);
    const size = (sizes[left] as number) * (1 - share);
    const ratio = logRatio(signsOf(last, h, point[h - 1] as number));
    return (size + share * (sizes[left + 1] ?? 0)) * Math.exp(ratio);
  };
  /** What is read off errors of these weights over these sizes, beside these prior values. */
  const reader = (sizes: readonly number[], some: readonly Item[], prior: readonly number[]) => {
    const distributions = [...new Set(nodes)].map((step) => {
      const { left, share } = between(step);
      const ratio = logRatio(signsOf(last, step, point[step - 1] as number));
      const weights = some.map((item) => {
        if (item.row >= middles.length) return 0;
        const own = item.row === left ? 1 - share : item.row === left + 1 ? share : 0;
        return (0.3 + own) * item.weight * alike(logRatio(item.signs), ratio);
      });
      return { step, quantile: distributionTwin(scaledBy(sizes), weights, some, prior) };
    });
    return (h: number, level: number) => {
      const steps = distributions.map(({ step }) => step);
      const { left, share } = betweenTwin(steps, h);
      const below = distributions[left]?.quantile(level) as number;
      const above = distributions[left + 1]?.quantile(level) ?? below;
      const scaled = below + share * (above - below);
      return (point[h - 1] as number) + spreadAt(sizes, h) * scaled;
    };
  };
  const median = reader(spread.sizes, sized, standardValues());
  const known = forget(sized, 'side').map((item) => ({
    ...item,
    weight: item.weight * item.evidence,
  }));
  const prior = priorTwin(history);
  const sizes = prior.sizes(given, known, priors[0] as number, (item) => logRatio(item.signs));
  const quantileAt = reader(sizes, known, prior.values(1));
  const floor = history.some((value) => value < 0) ? Number.NEGATIVE_INFINITY : 0;
  const round = roundTwin(history);
  const steps = point.map((_, i) => i + 1);
  const bands = levels.map((level) => {
    const values = steps.map((h) => {
      if (level === 0.5) return Math.max(median(h, 0.5), floor);
      const exact = quantileAt(h, level);
      return Math.max(round(exact, spreadAt(sizes, h)), median(h, 0.5), floor);
    });
    return [String(level), values] as const;
  });
  const peaks: Record<string, number> = {};
  if (peak) {
    const ratio = logRatio(signsOf(last, peak.steps, peak.point));
    const weights = known.map((item) =>
      item.row < middles.length ? 0 : item.weight * alike(logRatio(item.signs), ratio),
    );
    const values = prior.values(prior.normals(peak.steps));
    const quantile = distributionTwin(scaledBy(sizes), weights, known, values);
    const size = (sizes[middles.length] as number) * Math.exp(ratio);
    for (const level of levels) {
      peaks[level] = Math.max(round(peak.point + size * quantile(level), size), floor);
    }
  }
  const excess = Math.max(...drifts.map((drift) => drift.excess));
  return { bands: Object.fromEntries(bands), peak: peaks, excess };
}

function alike(a: number, b: number): number {
  return 1 / (1 + ((a - b) / 0.5) ** 2);
}

export interface Spread {
  readonly logRatio: (signs: readonly number[]) => number;
  readonly sizes: readonly number[];
  readonly coefficients: readonly number[];
}

/** A few steps of Newton's method on the Laplace quasi-likelihood. */
function spreadTwin(
  items: readonly Item[],
  priors: readonly number[],
  start: readonly number[],
  passes: number,
): Spread {
  const total = items.reduce((sum, item) => sum + item.weight, 0);
  const meanOf = (some: readonly Item[], j: number) => {
    const weight = some.reduce((sum, item) => sum + item.weight, 0);
    return some.reduce((sum, item) => sum + item.weight * (item.signs[j] as number), 0) / weight;
  };
  const signs = [0, 1, 2, 3];
  const means = signs.map((j) => (items.length > 0 ? meanOf(items, j) : 0));
  const rowMeans = priors.map((_, row) =>
    signs.map((j) =>
      meanOf(
        items.filter((item) => item.row === row),
        j,
      ),
    ),
  );
  let coefficients = [...start];
  let sizes: number[] = [];
  const logRatio = (of: readonly number[]) => {
    const sum = signs.reduce(
      (all, j) => all + (coefficients[j] as number) * ((of[j] as number) - (means[j] as number)),
      0,
    );
    return Math.min(Math.max(sum, -3), 3);
  };
  const measure = () => {
    sizes = priors.map((prior, row) => {
      const own = items.filter((item) => item.row === row);
      const weight = own.reduce((sum, item) => sum + item.weight, 8);
      const sum = own.reduce(
        (all, item) => all + (item.weight * Math.abs(item.error)) / Math.exp(logRatio(item.signs)),
        8 * prior,
      );
      return sum / weight;
    });
  };
  measure();
  for (let pass = 0; pass < passes && items.length > 0; pass++) {
    const ridge = (50 * total) / items.length;
    const gradient = coefficients.map((value) => -ridge * value);
    const hessian = signs.map((j) => signs.map((k) => (j === k ? ridge : 0)));
    for (const item of items) {
      const size = (sizes[item.row] as number) * Math.exp(logRatio(item.signs));
      const ratio = size > 0 ? Math.min(Math.abs(item.error) / size, 5) : 0;
      const apart = signs.map(
        (j) => (item.signs[j] as number) - (rowMeans[item.row]?.[j] as number),
      );
      for (const j of signs) {
        gradient[j] = (gradient[j] as number) + item.weight * (ratio - 1) * (apart[j] as number);
        for (const k of signs) {
          const row = hessian[j] as number[];
          row[k] =
            (row[k] as number) +
            item.weight * Math.max(ratio, 0.3) * (apart[j] as number) * (apart[k] as number);
        }
      }
    }
    const moves = solveTwin(hessian, gradient);
    coefficients = coefficients.map(
      (value, j) => value + Math.min(Math.max(moves[j] as number, -1), 1),
    );
    measure();
  }
  return { logRatio, sizes, coefficients };
}

/** Gaussian elimination. */
function solveTwin(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, j) => [...row, right[j] as number]);
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = (rows[r]?.[c] as number) / (rows[c]?.[c] as number);
      rows[r] = (rows[r] as number[]).map((value, k) => value - factor * (rows[c]?.[k] as number));
    }
  }
  return rows.map((row, r) => (row[n] as number) / (row[r] as number));
}

/** The quantile function of weighted values and a prior, with an exponential tail. */
function distributionTwin(
  values: readonly number[],
  weights: readonly number[],
  items: readonly Item[],
  prior: readonly number[],
) {
  const own = values.map((value, k) => ({ value, weight: weights[k] as number }));
  const standard = prior.map((value) => ({ value, weight: 8 / prior.length }));
  const entries = [...own, ...standard].sort((a, b) => a.value - b.value);
  const total = entries.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const points = entries.map(({ value, weight }) => {
    const level = (before + weight / 2) / total;
    before += weight;
    return { value, level };
  });
  const readOff = (level: number): number => {
    const k = points.findIndex((point) => point.level >= level);
    if (k < 0) return points.at(-1)?.value as number;
    const here = points[k] as { value: number; level: number };
    const below = points[k - 1];
    if (!below || here.level <= level) return here.value;
    const share = (level - below.level) / (here.level - below.level);
    return below.value + share * (here.value - below.value);
  };
  const sum = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, b, k) => a + (b * b) / (items[k]?.evidence as number), 0);
  const effective = squares > 0 ? (sum * sum) / squares : 0;
  const known = effective + 8;
  const from = Math.max(0.8, 1 - 20 / known);
  const predicted = (level: number) => readOff(level + ((level - 0.5) * effective) / known ** 2);
  const start = predicted(from);
  let [excess, weight] = [0, 0];
  points.forEach(({ value, level }, k) => {
    if (value <= start) return;
    const share = level - (points[k - 1]?.level ?? 0);
    excess += share * (value - start);
    weight += share;
  });
  const mean = weight > 0 ? excess / weight : 0;
  return (level: number) => {
    if (level <= from) return predicted(level);
    const growth = ((1 - from) / (1 - level)) ** (1 / 20);
    return start + mean * 20 * (growth - 1);
  };
}

/** Rounds to whole multiples of the unit that all values are multiples of, if it is coarse. */
function roundTwin(history: readonly number[]) {
  const observed = history.filter((value) => !Number.isNaN(value));
  const scale = Math.max(...observed.map(Math.abs)) || 1;
  const changes = observed.map((value, i) => Math.abs(value - (observed[i - 1] ?? 0)) / scale);
  const unit = scale * Math.min(...changes.filter((change) => change > 1e-6));
  const isUnit = observed.every((value) => {
    const multiple = value / unit;
    return Math.abs(multiple - Math.round(multiple)) <= 1e-6 * Math.max(1, Math.abs(multiple));
  });
  return (value: number, spread: number) =>
    !isUnit || !Number.isFinite(unit) || unit < 0.05 * spread
      ? value
      : Math.round(value / unit) * unit;
}
