// Where the search for an exponential smoothing model's parameters starts: initial states by the
// heuristics of Hyndman et al. 2008, §2.6.1 (a classical decomposition of the first seasons, a line
// through the first ten adjusted values, or two seasons of them).

import { seasonalIndexes } from "./classical";
import { MULTIPLICATIVE, NONE } from "./ets-state";
import { Line } from "./line";
import * as pass from "./ets-pass";

const SEASONS: i32 = 3;
const LINE_MIN: i32 = 10;

const linePtr: usize = memory.data(64, 16);

/** Sets the initial states of the pass' model; false when its season cannot be seen. */
export function startStates(): bool {
  const seasonal = pass.season != NONE;
  const multiplicative = pass.season == MULTIPLICATIVE;
  const m = pass.m;
  if (seasonal) {
    const n = min(pass.points, SEASONS * m);
    if (!seasonalIndexes(pass.valuesPtr, n, m, multiplicative, pass.seasonsPtr)) return false;
  }
  const line = changetype<Line>(linePtr);
  line.reset();
  const needed = max(LINE_MIN, seasonal ? 2 * m : 0);
  for (let t = 0, seen = 0; t < pass.points && seen < needed; t++) {
    let x = load<f64>(pass.valuesPtr + (<usize>t << 3));
    if (x != x) continue;
    if (seasonal) {
      const effect = load<f64>(pass.seasonsPtr + (<usize>(t % m) << 3));
      x = multiplicative ? x / effect : x - effect;
    }
    line.add(<f64>(t + 1), x);
    seen++;
  }
  if (pass.trend == NONE) pass.setStart(line.meanValue, 0);
  else pass.setStart(line.intercept, line.slope);
  return true;
}
