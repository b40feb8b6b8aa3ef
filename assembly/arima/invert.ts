// θ(B)^{-1}: y_t = x_t − Σ θ_j y_{t−j}, the one recursion that a pass cannot do without. A step has to wait
// for the one before, so an order of one is taken four steps at a time.

import { MA, at, coefPtr, q } from "./orders";

/** In place over n values at `x`, whose q predecessors lie before it. */
export function invertMa(x: usize, n: i32): void {
  if (q == 1) invertFirst(x, n, at(coefPtr, MA));
  else if (q == 2) invertSecond(x, x + (<usize>n << 3));
  else if (q > 2) invertHigher(x, x + (<usize>n << 3));
}

/**
 * y_t = z_t + c² z_{t−2} + c⁴ y_{t−4} with z_t = x_t − c x_{t−1}: two vectors of neighbours, each waiting only
 * for itself four steps before.
 */
function invertFirst(x: usize, n: i32, c: f64): void {
  let one = load<f64>(x - 8);
  let i = 0;
  if (n >= 8) {
    let input = v128.load(x, 16);
    const x1 = load<f64>(x, 8);
    const y0 = load<f64>(x) - c * one;
    const y1 = x1 - c * y0;
    const y2 = f64x2.extract_lane(input, 0) - c * y1;
    let low = f64x2(y0, y1);
    let high = f64x2(y2, f64x2.extract_lane(input, 1) - c * y2);
    v128.store(x, low);
    v128.store(x, high, 16);
    const c1 = f64x2.splat(c);
    const c2 = f64x2.splat(c * c);
    const c4 = f64x2.splat(c * c * (c * c));
    let z = f64x2.sub(input, f64x2.mul(v128.shuffle<f64>(f64x2.splat(x1), input, 1, 2), c1));
    x += 32;
    for (i = 4; i + 4 <= n; i += 4) {
      const nextLow = v128.load(x);
      const nextHigh = v128.load(x, 16);
      const before = v128.shuffle<f64>(input, nextLow, 1, 2);
      const between = v128.shuffle<f64>(nextLow, nextHigh, 1, 2);
      const zLow = f64x2.sub(nextLow, f64x2.mul(before, c1));
      const zHigh = f64x2.sub(nextHigh, f64x2.mul(between, c1));
      low = f64x2.add(f64x2.add(zLow, f64x2.mul(z, c2)), f64x2.mul(low, c4));
      high = f64x2.add(f64x2.add(zHigh, f64x2.mul(zLow, c2)), f64x2.mul(high, c4));
      v128.store(x, low);
      v128.store(x, high, 16);
      input = nextHigh;
      z = zHigh;
      x += 32;
    }
    one = f64x2.extract_lane(high, 1);
  }
  for (; i < n; i++) {
    one = load<f64>(x) - c * one;
    store<f64>(x, one);
    x += 8;
  }
}

function invertSecond(x: usize, end: usize): void {
  const c1 = at(coefPtr, MA);
  const c2 = at(coefPtr, MA + 1);
  let one = load<f64>(x - 8);
  let two = load<f64>(x - 16);
  for (; x < end; x += 8) {
    const now = load<f64>(x) - c2 * two - c1 * one;
    two = one;
    one = now;
    store<f64>(x, now);
  }
}

function invertHigher(x: usize, end: usize): void {
  const c1 = at(coefPtr, MA);
  const c2 = at(coefPtr, MA + 1);
  const c3 = at(coefPtr, MA + 2);
  const c4 = q > 3 ? at(coefPtr, MA + 3) : 0;
  const c5 = q > 4 ? at(coefPtr, MA + 4) : 0;
  let one = load<f64>(x - 8);
  let two = load<f64>(x - 16);
  let three = load<f64>(x - 24);
  let four = load<f64>(x - 32);
  let five = load<f64>(x - 40);
  for (; x < end; x += 8) {
    const far = load<f64>(x) - c5 * five - c4 * four - c3 * three;
    const now = far - c2 * two - c1 * one;
    five = four;
    four = three;
    three = two;
    two = one;
    one = now;
    store<f64>(x, now);
  }
}
