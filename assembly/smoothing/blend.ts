// Weights of a combination of forecasts, from the errors they made (Bates & Granger 1969,
// "The combination of forecasts"; weights ≥ 0 that sum to 1, so a combination never leaves the range
// of its members). They minimise the absolute error of the combination: least squares on the
// simplex, reweighted by 1 / |error| (Schlossmacher 1973), each solved by exact moves of weight from
// one member to another (the pair of steepest descent, Platt 1998). Recent errors count more.

/** Most errors of one member that can be kept. */
export const ERRORS_CAPACITY: i32 = 512;
export const MEMBERS_CAPACITY: i32 = 20;

const ERROR_ROW: usize = <usize>ERRORS_CAPACITY << 3;
const REWEIGHTINGS: i32 = 2;
const MOVES: i32 = 100;
/** Part of the best member's squared error added to each member's own, against collinearity. */
const RIDGE: f64 = 0.02;
/** Errors under this part of the mean absolute error are weighted alike. */
const SMALL_ERROR: f64 = 0.1;
const CONVERGED: f64 = 1e-12;

const gramPtr: usize = memory.data(MEMBERS_CAPACITY * MEMBERS_CAPACITY * 8, 16);
const slopePtr: usize = memory.data(MEMBERS_CAPACITY * 8, 16);
const importancePtr: usize = memory.data(ERRORS_CAPACITY * 8, 16);
const weightedPtr: usize = memory.data(ERRORS_CAPACITY * 8, 16);
const combinedPtr: usize = memory.data(ERRORS_CAPACITY * 8, 16);

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

/** Σ x·y over `count` values, in two lanes of two. */
function dot(x: usize, y: usize, count: i32): f64 {
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
function fillGram(errors: usize, count: i32, members: i32): i32 {
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
  const ridge = RIDGE * load<f64>(gramAt(best, best));
  for (let a = 0; a < members; a++) {
    store<f64>(gramAt(a, a), load<f64>(gramAt(a, a)) + ridge);
  }
  return best;
}

/** Minimises wᵀGw over the simplex, from the weights given. */
function descend(members: i32, weights: usize): void {
  for (let a = 0; a < members; a++) {
    let slope = 0.0;
    for (let b = 0; b < members; b++) {
      slope += load<f64>(gramAt(a, b)) * load<f64>(weights + (<usize>b << 3));
    }
    store<f64>(slopePtr + (<usize>a << 3), slope);
  }
  for (let move = 0; move < MOVES; move++) {
    let from = -1;
    let to = 0;
    for (let a = 0; a < members; a++) {
      const slope = load<f64>(slopePtr + (<usize>a << 3));
      const held = load<f64>(weights + (<usize>a << 3));
      if (held > 0 && (from < 0 || slope > load<f64>(slopePtr + (<usize>from << 3)))) from = a;
      if (slope < load<f64>(slopePtr + (<usize>to << 3))) to = a;
    }
    const steepest = load<f64>(slopePtr + (<usize>from << 3));
    const gap = steepest - load<f64>(slopePtr + (<usize>to << 3));
    if (!(gap > CONVERGED * abs(steepest))) return;
    const own = load<f64>(gramAt(from, from)) + load<f64>(gramAt(to, to));
    const bend = own - 2 * load<f64>(gramAt(from, to));
    const held = load<f64>(weights + (<usize>from << 3));
    const moved = bend > 0 ? min(gap / bend, held) : held;
    store<f64>(weights + (<usize>from << 3), held - moved);
    store<f64>(weights + (<usize>to << 3), load<f64>(weights + (<usize>to << 3)) + moved);
    for (let a = 0; a < members; a++) {
      const at = slopePtr + (<usize>a << 3);
      const change = load<f64>(gramAt(a, to)) - load<f64>(gramAt(a, from));
      store<f64>(at, load<f64>(at) + moved * change);
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
 * Weights of the members, and the root mean square of the combination's errors.
 *
 * @param errors f64[members][ERRORS_CAPACITY], forecast − actual, oldest first, finite, of order 1
 * @param count errors of each member, 1..ERRORS_CAPACITY
 * @param members 1..MEMBERS_CAPACITY
 * @param weights f64[members], written: ≥ 0, sum 1
 */
export function blend(errors: usize, count: i32, members: i32, weights: usize): f64 {
  memory.fill(weights, 0, <usize>members << 3);
  for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
    store<f64>(importancePtr + i, recency(i, end));
  }
  for (let pass = 0; ; pass++) {
    const best = fillGram(errors, count, members);
    if (pass == 0) store<f64>(weights + (<usize>best << 3), 1);
    descend(members, weights);
    const size = combine(errors, count, members, weights);
    if (pass == REWEIGHTINGS || size == 0) break;
    for (let i: usize = 0, end = <usize>count << 3; i < end; i += 8) {
      const error = max(abs(load<f64>(combinedPtr + i)), SMALL_ERROR * size);
      store<f64>(importancePtr + i, (recency(i, end) * size) / error);
    }
  }
  return sqrt(dot(combinedPtr, combinedPtr, count) / <f64>count);
}
