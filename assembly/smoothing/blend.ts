// Weights of a combination of forecasts, from the errors they made (Bates & Granger 1969, "The
// combination of forecasts"); weights ≥ 0 of sum 1, so a combination never leaves the range of its
// members. They minimise the absolute error of the combination: least squares, reweighted by 1 /
// |error| (Schlossmacher 1973). Least squares on the simplex is the point nearest to 0 in the
// convex hull of the members' errors, found by Wolfe's active-set method (1976, "Finding the
// nearest point in a polytope"): a member that points nearer enters, the weights go to the minimum
// on the members that have one, and who would fall below 0 leaves. Recent errors count more.

/** Most errors of one member that can be kept. */
export const ERRORS_CAPACITY: i32 = 512;
export const MEMBERS_CAPACITY: i32 = 32;

/** A combination: f64[MEMBERS_CAPACITY] weights, the root of the mean squared error, the mean
 *  absolute error. */
export const COMBINATION: i32 = MEMBERS_CAPACITY + 2;
export const SIGMA_OFFSET: usize = MEMBERS_CAPACITY << 3;
export const MEAN_ERROR_OFFSET: usize = SIGMA_OFFSET + 8;

/** Bytes from one member to the next: a power of two would put all rows in one set of the cache. */
const ERROR_ROW: usize = (<usize>ERRORS_CAPACITY + 8) << 3;
const REWEIGHTINGS: i32 = 3;
/** Members enter one at a time; each may leave again. */
const ROUNDS: i32 = 3 * MEMBERS_CAPACITY;
/** Errors under this part of the mean absolute error are weighted alike. */
const SMALL_ERROR: f64 = 0.3;
const CONVERGED: f64 = 1e-12;

const gramPtr: usize = memory.data(MEMBERS_CAPACITY * MEMBERS_CAPACITY * 8, 16);
const factorPtr: usize = memory.data(MEMBERS_CAPACITY * MEMBERS_CAPACITY * 8, 16);
const solutionPtr: usize = memory.data(MEMBERS_CAPACITY * 8, 16);
const activePtr: usize = memory.data(MEMBERS_CAPACITY * 4, 16);
const importancePtr: usize = memory.data(ERRORS_CAPACITY * 8, 16);
const weightedPtr: usize = memory.data(ERRORS_CAPACITY * 8, 16);
/** Errors of the combination that was found last, f64[ERRORS_CAPACITY]. */
export const combinedPtr: usize = memory.data(ERRORS_CAPACITY * 8, 16);

/** The errors of member k: row k of f64[members][ERRORS_CAPACITY] at `errors`. */
// @ts-ignore: decorator
@inline
export function errorRow(errors: usize, k: i32): usize {
  return errors + <usize>k * ERROR_ROW;
}

// @ts-ignore: decorator
@inline
function gramAt(a: i32, b: i32): usize {
  return gramPtr + (<usize>(a * MEMBERS_CAPACITY + b) << 3);
}

// @ts-ignore: decorator
@inline
function factorAt(r: i32, c: i32): usize {
  return factorPtr + (<usize>(r * MEMBERS_CAPACITY + c) << 3);
}

// @ts-ignore: decorator
@inline
function solutionAt(r: i32): usize {
  return solutionPtr + (<usize>r << 3);
}

// @ts-ignore: decorator
@inline
function weightAt(weights: usize, k: i32): usize {
  return weights + (<usize>k << 3);
}

/** The member at place r of those with a weight. */
// @ts-ignore: decorator
@inline
function member(r: i32): i32 {
  return load<i32>(activePtr + (<usize>r << 2));
}

/** Σ x·y over `count` values, in two lanes of two. */
export function dot(x: usize, y: usize, count: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  const end = <usize>(count & ~3) << 3;
  for (let i: usize = 0; i < end; i += 32) {
    even = f64x2.add(even, f64x2.mul(v128.load(x + i), v128.load(y + i)));
    odd = f64x2.add(odd, f64x2.mul(v128.load(x + i, 16), v128.load(y + i, 16)));
  }
  const lanes = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
  for (let i: usize = end, all = <usize>count << 3; i < all; i += 8) {
    sum += load<f64>(x + i) * load<f64>(y + i);
  }
  return sum;
}

/** Gram matrix of the errors under the importances, with its ridge; returns the best member. */
function fillGram(errors: usize, count: i32, members: i32, share: f64): i32 {
  let best = 0;
  for (let a = 0; a < members; a++) {
    const row = errorRow(errors, a);
    for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
      store<f64>(weightedPtr + i, load<f64>(row + i) * load<f64>(importancePtr + i));
    }
    for (let b = a; b < members; b++) {
      const sum = dot(weightedPtr, errorRow(errors, b), count);
      store<f64>(gramAt(a, b), sum);
      store<f64>(gramAt(b, a), sum);
    }
    if (load<f64>(gramAt(a, a)) < load<f64>(gramAt(best, best))) best = a;
  }
  const ridge = share * load<f64>(gramAt(best, best));
  for (let a = 0; a < members; a++) {
    store<f64>(gramAt(a, a), load<f64>(gramAt(a, a)) + ridge);
  }
  return best;
}

/** Solves G z = 1 on the active members by Cholesky's factor, then scales z to sum 1. */
function solveActive(active: i32): void {
  let total = 0.0;
  for (let r = 0; r < active; r++) {
    let sum = 1.0;
    for (let c = 0; c <= r; c++) {
      let entry = load<f64>(gramAt(member(r), member(c)));
      for (let k = 0; k < c; k++) entry -= load<f64>(factorAt(r, k)) * load<f64>(factorAt(c, k));
      store<f64>(factorAt(r, c), c < r ? entry / load<f64>(factorAt(c, c)) : sqrt(entry));
      if (c < r) sum -= load<f64>(factorAt(r, c)) * load<f64>(solutionAt(c));
    }
    store<f64>(solutionAt(r), sum / load<f64>(factorAt(r, r)));
  }
  for (let r = active - 1; r >= 0; r--) {
    let sum = load<f64>(solutionAt(r));
    for (let k = r + 1; k < active; k++) {
      sum -= load<f64>(factorAt(k, r)) * load<f64>(solutionAt(k));
    }
    sum /= load<f64>(factorAt(r, r));
    store<f64>(solutionAt(r), sum);
    total += sum;
  }
  for (let r = 0; r < active; r++) store<f64>(solutionAt(r), load<f64>(solutionAt(r)) / total);
}

/** Moves the weights to the solution, or until one falls to 0: returns its place, -1 for none. */
function advance(active: i32, weights: usize): i32 {
  let leaving = -1;
  let share = 1.0;
  for (let r = 0; r < active; r++) {
    const held = load<f64>(weightAt(weights, member(r)));
    const wanted = load<f64>(solutionAt(r));
    if (wanted > 0 || held / (held - wanted) >= share) continue;
    share = held / (held - wanted);
    leaving = r;
  }
  for (let r = 0; r < active; r++) {
    const at = weightAt(weights, member(r));
    const held = load<f64>(at);
    const wanted = load<f64>(solutionAt(r));
    const moved = leaving < 0 ? wanted : held + share * (wanted - held);
    store<f64>(at, r == leaving ? 0.0 : moved);
  }
  return leaving;
}

/** Minimises wᵀGw over the simplex, starting from one member alone. */
function findWeights(members: i32, best: i32, weights: usize): void {
  memory.fill(weights, 0, <usize>members << 3);
  store<f64>(weightAt(weights, best), 1);
  store<i32>(activePtr, best);
  let active = 1;
  for (let round = 0; round < ROUNDS; round++) {
    let entering = 0;
    let lowest = Infinity;
    let size = 0.0;
    for (let a = 0; a < members; a++) {
      let slope = 0.0;
      for (let b = 0; b < members; b++) {
        slope += load<f64>(gramAt(a, b)) * load<f64>(weightAt(weights, b));
      }
      size += load<f64>(weightAt(weights, a)) * slope;
      if (slope >= lowest) continue;
      lowest = slope;
      entering = a;
    }
    if (!(lowest < size * (1 - CONVERGED)) || load<f64>(weightAt(weights, entering)) > 0) return;
    store<i32>(activePtr + (<usize>active << 2), entering);
    active++;
    solveActive(active);
    for (let leaving = advance(active, weights); leaving >= 0; leaving = advance(active, weights)) {
      active--;
      store<i32>(activePtr + (<usize>leaving << 2), member(active));
      solveActive(active);
    }
  }
}

/** Importance of the error at `i` by its age: what was right lately counts more. */
// @ts-ignore: decorator
@inline
function recency(i: usize, end: usize): f64 {
  const share = <f64>(i + 8) / <f64>end;
  return share * share;
}

/** Errors of the combination; returns their mean absolute size. */
function combine(errors: usize, count: i32, members: i32, weights: usize): f64 {
  memory.fill(combinedPtr, 0, <usize>count << 3);
  for (let a = 0; a < members; a++) {
    const weight = load<f64>(weights + (<usize>a << 3));
    if (weight == 0) continue;
    const row = errorRow(errors, a);
    for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
      store<f64>(combinedPtr + i, load<f64>(combinedPtr + i) + weight * load<f64>(row + i));
    }
  }
  let size = 0.0;
  for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
    size += abs(load<f64>(combinedPtr + i));
  }
  return size / <f64>count;
}

/**
 * The best combination of members: weights ≥ 0 of sum 1, and the size of its errors.
 *
 * @param errors f64[members][ERRORS_CAPACITY], forecast − actual, oldest first, finite, of order 1
 * @param count errors of each member, 1..ERRORS_CAPACITY
 * @param members 1..MEMBERS_CAPACITY
 * @param ridge part of the best member's squared error added to each one's own, against
 *   collinearity: the larger, the more equal the weights of members that are alike
 * @param combination written: COMBINATION values, of which the weights of `members`
 */
export function blend(
  errors: usize, count: i32, members: i32, ridge: f64, combination: usize,
): void {
  for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
    store<f64>(importancePtr + i, recency(i, end));
  }
  for (let pass = 0; ; pass++) {
    const best = fillGram(errors, count, members, ridge);
    findWeights(members, best, combination);
    const size = combine(errors, count, members, combination);
    store<f64>(combination, size, MEAN_ERROR_OFFSET);
    if (pass == REWEIGHTINGS || size == 0) break;
    for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
      const error = max(abs(load<f64>(combinedPtr + i)), SMALL_ERROR * size);
      store<f64>(importancePtr + i, (recency(i, end) * size) / error);
    }
  }
  const sigma = sqrt(dot(combinedPtr, combinedPtr, count) / <f64>count);
  store<f64>(combination, sigma, SIGMA_OFFSET);
}
