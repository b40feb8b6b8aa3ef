/** The slow, plain twin of assembly/harmonic: dense normal equations, sums as they are written. */

const SHORT_HARMONICS = 96;
const LONG_HARMONICS = 60;
const LAGS = 36;

type Vector = number[];

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const dot = (a: readonly number[], b: readonly number[]) =>
  sum(a.map((value, i) => value * (b[i] as number)));

/** Gaussian elimination with row pivots. */
function solve(matrix: readonly Vector[], right: readonly number[]): Vector {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let r = c; r < n; r++) {
      if (Math.abs(rows[r]?.[c] as number) > Math.abs(rows[best]?.[c] as number)) best = r;
    }
    [rows[c], rows[best]] = [rows[best] as Vector, rows[c] as Vector];
    const pivot = rows[c] as Vector;
    for (let r = c + 1; r < n; r++) {
      const row = rows[r] as Vector;
      const factor = (row[c] as number) / (pivot[c] as number);
      for (let k = c; k <= n; k++) row[k] = (row[k] as number) - factor * (pivot[k] as number);
    }
  }
  const x: Vector = new Array(n).fill(0);
  for (let r = n - 1; r >= 0; r--) {
    const row = rows[r] as Vector;
    const known = sum(x.slice(r + 1).map((value, k) => value * (row[r + 1 + k] as number)));
    x[r] = ((row[n] as number) - known) / (row[r] as number);
  }
  return x;
}

/** Cycles per step of each Fourier term. */
function frequencies(n: number, day: number, week: number): Vector {
  if (day < 2 || n < 2 * day) return [];
  const terms: Vector = [];
  for (let k = 1; k <= SHORT_HARMONICS && 2 * k < day; k++) terms.push(k / day);
  if (week === 0 || n < 2 * week) return terms;
  for (let m = 1; m <= LONG_HARMONICS && 2 * m < week; m++) {
    if (m % (week / day) !== 0) terms.push(m / week);
  }
  return terms;
}

const waves = (terms: Vector, t: number): Vector =>
  terms.flatMap((f) => [Math.cos(2 * Math.PI * f * t), Math.sin(2 * Math.PI * f * t)]);

/** Yule–Walker, each order from its own equations; the order of least AIC. */
function autoregression(x: Vector) {
  const n = x.length;
  const gamma = (k: number) => dot(x.slice(k), x.slice(0, n - k)) / n;
  const g = Array.from({ length: LAGS + 1 }, (_, k) => (k < n ? gamma(k) : 0));
  let best = { a: [] as Vector, variance: g[0] as number, aic: n * Math.log(g[0] as number) };
  for (let p = 1; p <= Math.min(LAGS, Math.floor(n / 4)); p++) {
    const toeplitz = Array.from({ length: p }, (_, i) =>
      Array.from({ length: p }, (_, j) => g[Math.abs(i - j)] as number),
    );
    const a = solve(toeplitz, g.slice(1, p + 1));
    const variance = (g[0] as number) - dot(a, g.slice(1, p + 1));
    const aic = n * Math.log(variance) + 2 * p;
    if (aic < best.aic) best = { a, variance, aic };
  }
  return best;
}

const filtered = (x: Vector, a: Vector) =>
  x.slice(a.length).map((value, i) => {
    const past = a.map((_, k) => x[i + a.length - 1 - k] as number);
    return value - dot(a, past);
  });

/** Season less its level by ridge regression of the filtered series on the filtered terms. */
function seasonOf(y: Vector, terms: Vector, a: Vector, weights: Vector): Vector {
  const n = y.length;
  const design = Array.from({ length: n }, (_, t) => [1, ...waves(terms, t)]);
  const columns = design[0]?.length ?? 1;
  const rows = design.slice(a.length).map((_, i) => waves(terms, i + a.length));
  const target = filtered(y, a);
  const w = weights.slice(a.length);
  // The filter turns each pair within itself; its inverse turns the solution back.
  const gram = Array.from({ length: columns }, (_, i) =>
    Array.from({ length: columns }, (_, j) =>
      sum(
        rows.map(
          (row, t) =>
            (w[t] as number) * (i ? (row[i - 1] as number) : 1) * (j ? (row[j - 1] as number) : 1),
        ),
      ),
    ),
  );
  const right = Array.from({ length: columns }, (_, i) =>
    sum(
      rows.map(
        (row, t) => (w[t] as number) * (i ? (row[i - 1] as number) : 1) * (target[t] as number),
      ),
    ),
  );
  const diagonal = gram.map((row, i) => row[i] as number);
  const withPenalties = (penalties: Vector) =>
    gram.map((row, i) =>
      row.map((value, j) => (i === j ? value + (penalties[i] as number) : value)),
    );
  const first = solve(withPenalties(diagonal.map((d, i) => (i === 0 ? 0 : 1e-6 * d))), right);
  const squares = sum(target.map((value, t) => (w[t] as number) * value * value));
  const left = Math.max(squares - dot(right, first), 0);
  const points = target.length;
  const noise =
    ((left / (diagonal[0] as number)) * points) / Math.max(points - columns, 0.2 * points);
  const penalties = diagonal.map((_, i) => {
    if (i === 0) return 0;
    const [c, s] = i % 2 === 1 ? [i, i + 1] : [i - 1, i];
    const weight = 0.5 * ((diagonal[c] as number) + (diagonal[s] as number));
    const power = (first[c] as number) ** 2 + (first[s] as number) ** 2;
    const signal = 0.5 * weight * power - noise;
    return signal > 0 ? (noise * weight) / signal : Number.POSITIVE_INFINITY;
  });
  const open = penalties.flatMap((penalty, i) => (penalty < Infinity ? [i] : []));
  const whole = withPenalties(penalties);
  const found = solve(
    open.map((i) => open.map((j) => whole[i]?.[j] as number)),
    open.map((i) => right[i] as number),
  );
  const solution: Vector = new Array(columns).fill(0);
  open.forEach((i, k) => {
    solution[i] = found[k] as number;
  });
  return terms.flatMap((f, k) => {
    const gain = [1, 0];
    a.forEach((value, lag) => {
      const angle = 2 * Math.PI * f * (lag + 1);
      gain[0] = (gain[0] as number) - value * Math.cos(angle);
      gain[1] = (gain[1] as number) + value * Math.sin(angle);
    });
    const [real, imaginary] = gain as [number, number];
    const [c, s] = [solution[1 + 2 * k] as number, solution[2 + 2 * k] as number];
    const power = real * real + imaginary * imaginary;
    return [(c * real - s * imaginary) / power, (s * real + c * imaginary) / power];
  });
}

interface Candidate {
  readonly likelihood: number;
  readonly points: Vector;
  readonly errors: Vector;
}

/** One way of seeing the values: as they are (shift 0), or through s·log(1 + y/s). */
function candidate(y: Vector, terms: Vector, shift: number, horizon: number): Candidate {
  const n = y.length;
  const seen = y.map((value) => (shift > 0 ? shift * Math.log1p(value / shift) : value));
  const weights = y.map((_, t) => 2 ** (-(n - 1 - t) / (0.5 * n)));
  const without = (x: Vector, season: Vector) => x.map((v, t) => v - dot(season, waves(terms, t)));
  const meanOf = (x: Vector) => dot(weights, x) / sum(weights);

  let season = seasonOf(seen, terms, [], weights);
  let rest = without(seen, season);
  const firstLevel = meanOf(rest);
  rest = rest.map((value) => value - firstLevel);
  let { a } = autoregression(rest);
  const sizes = filtered(rest, a)
    .map(Math.abs)
    .sort((x, z) => x - z);
  const bound = 4 * 1.4826 * (sizes[sizes.length >> 1] as number);
  const clean = [...seen];
  for (let t = a.length; t < n && bound > 0; t++) {
    const expected = dot(
      a,
      a.map((_, k) => rest[t - 1 - k] as number),
    );
    const innovation = (rest[t] as number) - expected;
    const excess = innovation - Math.min(Math.max(innovation, -bound), bound);
    rest[t] = (rest[t] as number) - excess;
    clean[t] = (clean[t] as number) - excess;
  }
  a = autoregression(rest).a;

  season = seasonOf(clean, terms, a, weights);
  const level = meanOf(without(clean, season));
  rest = without(seen, season).map((value) => value - level);
  const last = autoregression(rest);
  const slope = shift > 0 ? sum(y.map((value) => Math.log1p(value / shift))) / n : 0;
  const path = [...rest];
  const psi = [1];
  for (let h = 0; h < horizon; h++) {
    path.push(
      dot(
        last.a,
        last.a.map((_, k) => path[n + h - 1 - k] as number),
      ),
    );
    psi.push(
      dot(
        last.a,
        last.a.map((_, k) => psi[h - k] ?? 0),
      ),
    );
  }
  const points = path.slice(n).map((value, h) => {
    const z = level + dot(season, waves(terms, n + h)) + value;
    return shift > 0 ? shift * Math.expm1(z / shift) : z;
  });
  const errors = points.map((value, h) => {
    const variance = last.variance * sum(psi.slice(0, h + 1).map((weight) => weight * weight));
    return (shift > 0 ? Math.max(1 + value / shift, 0) : 1) * Math.sqrt(variance);
  });
  return { likelihood: -0.5 * Math.log(last.variance) - slope, points, errors };
}

/** Forecast of values without gaps; day and week in steps, 0 = none. */
export function harmonicTwin(values: Vector, day: number, week: number, horizon: number) {
  const terms = frequencies(values.length, day, week);
  const candidates = [candidate(values, terms, 0, horizon)];
  const mean = sum(values) / values.length;
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  if (lowest >= 0) candidates.push(candidate(values, terms, 0.1 * mean, horizon));
  const best = candidates.reduce((a, b) => (b.likelihood > a.likelihood ? b : a));
  const room = highest - lowest;
  const least = lowest >= 0 ? Math.max(lowest - room, 0) : lowest - room;
  const point = best.points.map((value) => Math.min(Math.max(value, least), highest + room));
  return { point, errors: best.errors };
}
