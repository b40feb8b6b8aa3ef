/**
 * The slow, plain twin of the baseline (assembly/select/ensemble.ts without what it learns): the
 * same definitions on arrays and absolute times, every calendar mean looked up by its epoch second.
 * Its blend finds the minimum in another way: many exact moves of weight from one member to
 * another.
 */

interface Profile {
  season: number;
  slot: number;
  memory: number;
  /** Epoch seconds before which nothing is taken in. */
  fromSeconds: number;
  means: Map<number, { mean: number; count: number }>;
  deviation: number;
  slowDeviation: number;
}

interface Members {
  last: number;
  fast: number;
  slow: number;
  trend: number;
  median: number;
  spread: number;
  profiles: Profile[];
}

const HOUR = 3_600;
const DAY = 86_400;
const WEEK = 604_800;

/** Mean of the slot that holds `seconds`, a step's start; wide slots are interpolated. */
function usual(profile: Profile, seconds: number, step: number): number {
  const slots = Math.ceil(profile.season / profile.slot);
  const within = ((seconds % profile.season) + profile.season) % profile.season;
  const meanOf = (k: number) => profile.means.get((k + slots) % slots)?.mean ?? Number.NaN;
  if (profile.slot <= step) return meanOf(Math.floor((within + step / 2) / profile.slot));
  const centre = (within + step / 2) / profile.slot - 0.5;
  const below = Math.floor(centre);
  return meanOf(below) + (centre - below) * (meanOf(below + 1) - meanOf(below));
}

/** The oldest steps are left out until slots used lately and slots to be used are as full. */
function fillingStart(season: number, slot: number, step: number, n: number, h: number): number {
  const [length, width] = [Math.ceil(season / step), Math.ceil(slot / step)];
  const late = Math.max(0, Math.min(Math.ceil(10_800 / step) + width, length - h - width));
  const newest = n - 1 - late;
  const filled = (from: number) => (newest - from) % length;
  let from = 0;
  while (from < Math.floor(length / 2) && from <= newest % length) {
    if (filled(from) + late + h + width < length || filled(from) === 0) break;
    from++;
  }
  return from;
}

function chooseProfiles(start: number, steps: number, step: number, horizon: number): Profile[] {
  const span = steps * step;
  const wide = 0.2 * Math.min(1, step / HOUR);
  const candidates: [number, number, number, boolean][] = [
    [HOUR, step, 0.5, step < HOUR / 2],
    [DAY, step, 0.7, step < DAY / 2],
    [DAY, HOUR, wide, step < HOUR],
    [WEEK, step, 0.5, step < WEEK / 2],
    [WEEK, HOUR, wide, step < HOUR],
  ];
  return candidates
    .filter(([season, , , fits]) => fits && span >= 2 * season)
    .map(([season, slot, memory]) => {
      const fromSeconds = start + step * fillingStart(season, slot, step, steps, horizon);
      const kept = { means: new Map(), deviation: 0, slowDeviation: 0 };
      return { season, slot, memory, fromSeconds, ...kept };
    });
}

function forecastMembers(members: Members, start: number, step: number, h: number): number[] {
  const keep = Math.exp(-step / 1800);
  let damped = 0;
  for (let k = 1; k <= h; k++) damped += keep ** k;
  const { last, fast, slow, trend, median } = members;
  const out = [last, fast, slow, fast + trend * damped, median];
  for (const profile of members.profiles) {
    const value = usual(profile, start + h * step, step);
    if (Number.isNaN(value)) out.push(slow, last, slow);
    else out.push(value, value + profile.deviation, value + profile.slowDeviation);
  }
  return out;
}

/** Value of the present step less what each member says of it. */
function missMembers({ last, fast, slow, median, profiles }: Members): number[] {
  const levels = [0, last - fast, last - slow, last - fast, last - median];
  const calendar = profiles.flatMap(({ deviation, slowDeviation }) => {
    return [deviation, 0, deviation - slowDeviation];
  });
  return [...levels, ...calendar];
}

/** By how much the forecast `steps` ahead is moved; `misses` of the blend, the newest last. */
function shiftTwin(misses: number[], steps: number, error: number): number {
  const side = Math.sign(misses.at(-1) as number);
  const needed = Math.min(steps, 5) * (side < 0 ? 3 : 1);
  if (misses.length < needed) return 0;
  const least = Math.min(...misses.slice(-needed).map((miss) => side * miss));
  return least > 4 * error ? side * least * (1 - ((4 * error) / least) ** 2) : 0;
}

const weigh = (weights: number[], values: number[]) =>
  values.reduce((sum, value, k) => sum + value * (weights[k] as number), 0);

function observe(members: Members, value: number, gap: number, start: number, step: number): void {
  const share = (spanSeconds: number) => 1 - Math.exp((-step * gap) / spanSeconds);
  const slowShare = gap > 0 ? share(1800) : 1 - Math.exp(-step / 1800);
  const before = members.fast;
  members.fast += share(300) * (value - members.fast);
  members.slow += slowShare * (value - members.slow);
  if (gap > 0) {
    const rise = (members.fast - before) / gap;
    members.trend = (1 - share(1800)) ** 2 * members.trend + share(1800) * rise;
  }
  const away = value - members.median;
  members.spread += share(10_800) * (Math.abs(away) - members.spread);
  const most = share(10_800) * members.spread;
  members.median += Math.sign(away) * Math.min(Math.abs(away), most);
  for (const profile of members.profiles) {
    if (start < profile.fromSeconds) continue;
    const expected = usual(profile, start, step);
    if (!Number.isNaN(expected)) {
      profile.deviation = value - expected;
      profile.slowDeviation += slowShare * (profile.deviation - profile.slowDeviation);
    }
    const within = ((start % profile.season) + profile.season) % profile.season;
    const slot = Math.floor((within + step / 2) / profile.slot);
    const known = profile.means.get(slot) ?? { mean: value, count: 0 };
    const count = known.count + 1;
    const mean = known.mean + Math.max(profile.memory, 1 / count) * (value - known.mean);
    profile.means.set(slot, { mean, count });
  }
  members.last = value;
}

interface Blend {
  weights: number[];
  sigma: number;
  meanError: number;
}

/** Minimises Σ importance·(Σ weight·error)² over weights ≥ 0 of sum 1; twin of blend.ts. */
export function blendTwin(errors: number[][]): Blend {
  const count = errors.length;
  const members = (errors[0] as number[]).length;
  const indexes = Array.from({ length: members }, (_, k) => k);
  const recency = errors.map((_, i) => ((i + 1) / count) ** 2);
  let importance = recency;
  let weights: number[] = [];
  let combined: number[] = [];
  let meanError = 0;
  for (let pass = 0; pass <= 3; pass++) {
    const gram = indexes.map((a) =>
      indexes.map((b) =>
        errors.reduce(
          (sum, error, i) =>
            sum + (importance[i] as number) * (error[a] as number) * (error[b] as number),
          0,
        ),
      ),
    );
    const own = indexes.map((a) => gram[a]?.[a] as number);
    const least = Math.min(...own);
    if (pass === 0) weights = indexes.map((a) => (a === own.indexOf(least) ? 1 : 0));
    for (const a of indexes) (gram[a] as number[])[a] = (own[a] as number) + 0.02 * least;
    descendTwin(gram, weights);
    combined = errors.map((error) => weigh(weights, error));
    meanError = combined.reduce((sum, error) => sum + Math.abs(error), 0) / count;
    if (meanError === 0) break;
    importance = combined.map(
      (error, i) =>
        ((recency[i] as number) * meanError) / Math.max(Math.abs(error), 0.3 * meanError),
    );
  }
  const squares = combined.reduce((sum, error) => sum + error * error, 0);
  return { weights, sigma: Math.sqrt(squares / count), meanError };
}

function descendTwin(gram: number[][], weights: number[]): void {
  const at = (a: number, b: number) => gram[a]?.[b] as number;
  for (let move = 0; move < 10000; move++) {
    const slopes = gram.map((row) =>
      row.reduce((sum, value, b) => sum + value * (weights[b] as number), 0),
    );
    const held = slopes.filter((_, a) => (weights[a] as number) > 0);
    const steepest = Math.max(...held);
    const from = slopes.findIndex((slope, a) => slope === steepest && (weights[a] as number) > 0);
    const to = slopes.indexOf(Math.min(...slopes));
    const gap = steepest - (slopes[to] as number);
    if (!(gap > 1e-12 * Math.abs(steepest))) return;
    const bend = at(from, from) + at(to, to) - 2 * at(from, to);
    const most = weights[from] as number;
    const moved = bend > 0 ? Math.min(gap / bend, most) : most;
    weights[from] = most - moved;
    weights[to] = (weights[to] as number) + moved;
  }
}

/** Point and standard error of each step; the history holds two observed points at least. */
export function baselineTwin(
  history: number[],
  step: number,
  cutoff: number,
  horizon: number,
): { point: number[]; sigma: number[] } {
  const first = history.findIndex((value) => !Number.isNaN(value));
  const n = history.length;
  const observed = history.filter((value) => !Number.isNaN(value));
  const scale = Math.max(...observed.map(Math.abs)) || 1;
  const startOf = (i: number) => cutoff - (n - i) * step;
  const value = history[first] as number;
  const profiles = chooseProfiles(startOf(first), n - first, step, horizon);
  const levels = { last: value, fast: value, slow: value, median: value };
  const members: Members = { ...levels, trend: 0, spread: 0, profiles };

  const ends = [
    ...new Set([0, 1, 2, 3, 4, 5].map((k) => Math.round(Math.exp((k / 5) * Math.log(horizon))))),
  ];
  const bands = ends.map((end, q) =>
    Array.from({ length: end }, (_, k) => k + 1).slice(ends[q - 1]),
  );
  const middles = bands.map((band) => ((band[0] as number) + (band.at(-1) as number)) / 2);
  const errors: number[][][] = bands.map(() => []);
  const from = first + Math.floor((n - first) / 2);
  let stride = 1;
  while (Math.floor((n - from) / stride) >= 512) stride *= 2;

  const misses: number[][] = [];
  let seen = first;
  let squares = 0;
  history.forEach((now, i) => {
    if (Number.isNaN(now)) return;
    squares += ((now - members.last) / scale) ** 2;
    observe(members, now, i - seen, startOf(i), step);
    seen = i;
    if (i >= n - 15 && i > first) misses.push(missMembers(members));
    const due = cutoff / step - (n - 1 - i);
    if (i < from || due % stride !== 0) return;
    const turn = (39 * (due / stride)) % 64;
    bands.forEach((band, q) => {
      const h = band[Math.floor((turn * band.length) / 64)] as number;
      const actual = history[i + h];
      if (actual === undefined || Number.isNaN(actual) || errors[q]?.length === 512) return;
      const made = forecastMembers(members, startOf(i), step, h);
      errors[q]?.push(made.map((forecast) => (forecast - actual) / scale));
    });
  });

  const fitted: Blend[] = [];
  middles.forEach((middle, q) => {
    const rows = errors[q] as number[][];
    const before = fitted[q - 1];
    if (rows.length >= 8) fitted.push(blendTwin(rows));
    else if (before) {
      const growth = Math.sqrt(middle / (middles[q - 1] as number));
      const { weights, sigma, meanError } = before;
      fitted.push({ weights, sigma: sigma * growth, meanError: meanError * growth });
    } else {
      const weights = forecastMembers(members, startOf(n - 1), step, 1).map((_, k) => +(k === 1));
      const walk = Math.sqrt(squares / (observed.length - 1));
      fitted.push({ weights, sigma: walk, meanError: walk });
    }
  });

  const point: number[] = [];
  const sigma: number[] = [];
  for (let h = 1; h <= horizon; h++) {
    const found = middles.findIndex((middle) => middle >= h);
    const right = found < 0 ? middles.length - 1 : Math.max(1, found);
    const [a, b] = [middles[right - 1] ?? 0, middles[right] ?? 1];
    const share = middles.length > 1 ? Math.min(1, (h - a) / (b - a)) : 0;
    const left = fitted[Math.max(0, right - 1)] as Blend;
    const next = fitted[right] ?? left;
    const between = (from: number, to: number) => from + share * (to - from);
    const weights = left.weights.map((weight, k) => between(weight, next.weights[k] as number));
    const missed = misses.map((miss) => weigh(weights, miss));
    const moved = shiftTwin(missed, h, between(left.meanError, next.meanError) * scale);
    const blended = weigh(weights, forecastMembers(members, startOf(n - 1), step, h)) + moved;
    point.push(Math.min(...observed) >= 0 ? Math.max(blended, 0) : blended);
    sigma.push(between(left.sigma, next.sigma) * scale);
  }
  return { point, sigma };
}
