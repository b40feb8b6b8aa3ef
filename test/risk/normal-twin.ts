/** P(Z ≤ z), by the series of Marsaglia 2004 ("Evaluating the normal distribution"). */
export function normalShare(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/** z with P(Z ≤ z) = p, by bisection; p in 0.001..0.999. */
export function normalQuantileTwin(p: number): number {
  let [low, high] = [-5, 5];
  for (let k = 0; k < 100; k++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
