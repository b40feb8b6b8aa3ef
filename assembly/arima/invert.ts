// θ(B)^{-1}: y_t = x_t − Σ θ_j y_{t−j}, the one recursion that a pass cannot do without. A step has to wait
// for the one before, so an order of one is taken two steps at a time (see arma11.ts).

import { MA, at, coefPtr, q } from "./orders";

/** In place over n values at `x`, whose q predecessors lie before it. */
export function invertMa(x: usize, n: i32): void {
  if (q == 1) invertFirst(x, n, at(coefPtr, MA));
  else if (q == 2) invertSecond(x, x + (<usize>n << 3));
  else if (q > 2) invertHigher(x, x + (<usize>n << 3));
}

function invertFirst(x: usize, n: i32, c: f64): void {
  let one = load<f64>(x - 8);
  let i = 0;
  if (n >= 6) {
    let input = v128.load(x);
    const first = f64x2.extract_lane(input, 0) - c * one;
    let pair = f64x2(first, f64x2.extract_lane(input, 1) - c * first);
    v128.store(x, pair);
    const c1 = f64x2.splat(c);
    const c2 = f64x2.splat(c * c);
    x += 16;
    for (i = 2; i + 2 <= n; i += 2) {
      const next = v128.load(x);
      const before = v128.shuffle<f64>(input, next, 1, 2);
      pair = f64x2.add(f64x2.sub(next, f64x2.mul(before, c1)), f64x2.mul(pair, c2));
      v128.store(x, pair);
      input = next;
      x += 16;
    }
    one = f64x2.extract_lane(pair, 1);
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
