// What a history says of how large the next errors will be, beside the errors themselves: how high
// the forecast is, how lively the metric usually is at that time of the day, and how lively it is
// now. All three are logarithms of ratios, so scaling or shifting the series changes none of them.

import { historyPtr, work } from "../abi";

export const SIGNS: i32 = 4;
const SLOTS: i32 = 24;
const SLOT_SECONDS: f64 = 3_600;
const DAY_SECONDS: f64 = 86_400;
/** Liveliness now is that of about an hour, of some steps at least. */
const NOW_SECONDS: f64 = 3_600;
const NOW_STEPS_MIN: f64 = 3;
/** Added to each ratio, so that its logarithm stays finite. */
const FLOOR: f64 = 0.1;

const liveliestPtr: usize = memory.data(SLOTS * 8, 16);
const slotsPtr: usize = memory.data(2 * SLOTS * 8, 16);

let stepSeconds: f64 = 0;
let startSeconds: f64 = 0;
/** Lowest observed value, in units. */
export let lowest: f64 = 0;
/** Mean height over the lowest value, and mean size of a change; 0 when there is none. */
let height: f64 = 0;
let change: f64 = 0;
/** Changes from one value to the next. */
export let changes: f64 = 0;
let logHorizon: f64 = 0;
/** Autocorrelation of the values one step apart, if they had one alone: 0 for noise around a level,
 *  nearly 1 for a random walk; one standard error up, so that few values look like a walk. */
export let persistence: f64 = 0;

// @ts-ignore: decorator
@inline
function nowPtr(i: i32): usize {
  return work(3) + (<usize>i << 3);
}

/** Middle of step i, in slots from the start of the day. */
// @ts-ignore: decorator
@inline
function slotAt(i: i32): f64 {
  const seconds = startSeconds + (<f64>i + 0.5) * stepSeconds;
  return (seconds - floor(seconds / DAY_SECONDS) * DAY_SECONDS) / SLOT_SECONDS;
}

/** Mean change of the values around each hour of the day, smoothed over its neighbours and shrunk
 *  to the mean of all as by one observation of it. */
function profileChanges(): void {
  const counts = slotsPtr + SLOTS * 8;
  for (let k = 0; k < SLOTS; k++) {
    const before = <usize>((k + SLOTS - 1) % SLOTS) << 3;
    const after = <usize>((k + 1) % SLOTS) << 3;
    const at = <usize>k << 3;
    const beside = load<f64>(slotsPtr + before) + load<f64>(slotsPtr + after);
    const sum = load<f64>(slotsPtr + at) + 0.5 * beside;
    const countBeside = load<f64>(counts + before) + load<f64>(counts + after);
    const count = load<f64>(counts + at) + 0.5 * countBeside;
    store<f64>(liveliestPtr + at, change > 0 ? (sum / change + 2) / (count + 2) : 1.0);
  }
}

/**
 * Reads the history buffer, in units of `unit`, an absolute value that none exceeds; uses work(3).
 *
 * @param cutoff end of its last step, epoch seconds
 */
export function readSigns(n: i32, step: f64, cutoff: f64, horizon: i32, unit: f64): void {
  stepSeconds = step;
  startSeconds = cutoff - <f64>n * step;
  logHorizon = horizon > 1 ? Math.log(<f64>horizon) : 1.0;
  const share = 1.0 - Math.exp(-1.0 / max(NOW_SECONDS / step, NOW_STEPS_MIN));
  memory.fill(slotsPtr, 0, 2 * SLOTS * 8);
  lowest = Infinity;
  let mean = 0.0;
  let points = 0;
  let total = 0.0;
  changes = 0;
  let now = 0.0;
  let weight = 0.0;
  let before = NaN;
  let moveBefore = 0.0;
  let squares = 0.0;
  let products = 0.0;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(historyPtr + (<usize>i << 3)) / unit;
    if (value == value) {
      lowest = min(lowest, value);
      points++;
      mean += (value - mean) / <f64>points;
    }
    const move = value - before;
    const size = abs(move);
    before = value;
    now *= 1.0 - share;
    weight *= 1.0 - share;
    if (size == size) {
      now += share * size;
      weight += share;
      total += size;
      squares += move * move;
      products += move * moveBefore;
      moveBefore = move;
      changes++;
      const at = slotsPtr + (<usize>min(<i32>slotAt(i), SLOTS - 1) << 3);
      store<f64>(at, load<f64>(at) + size);
      store<f64>(at, load<f64>(at, SLOTS * 8) + 1, SLOTS * 8);
    }
    store<f64>(nowPtr(i), weight > 0 ? now / weight : NaN);
  }
  height = mean - lowest;
  change = changes > 0 ? total / changes : 0;
  const correlation = products / (squares + f64.MIN_NORMAL_VALUE) + 1 / sqrt(changes);
  persistence = min(max(1 + 2 * correlation, 0), 1);
  if (<f64>n * step < 2 * DAY_SECONDS) memory.fill(slotsPtr, 0, 2 * SLOTS * 8);
  profileChanges();
}

function logOf(ratio: f64): f64 {
  return Math.log(ratio + FLOOR);
}

/** Signs of a forecast of `point` units, made at step `origin` for `steps` ahead: f64[SIGNS]. */
export function signsOf(at: usize, origin: i32, steps: i32, point: f64): void {
  const over = height > 0 ? max(point - lowest, 0) / height : 1.0;
  store<f64>(at, logOf(over));
  const position = slotAt(origin + steps) - 0.5;
  const below = <i32>floor(position);
  const left = load<f64>(liveliestPtr + (<usize>((below + SLOTS) % SLOTS) << 3));
  const right = load<f64>(liveliestPtr + (<usize>((below + 1) % SLOTS) << 3));
  store<f64>(at, logOf(left + (position - <f64>below) * (right - left)), 8);
  const now = load<f64>(nowPtr(origin));
  const lively = now == now && change > 0 ? logOf(now / change) : 0.0;
  store<f64>(at, lively, 16);
  store<f64>(at, (lively * Math.log(<f64>steps)) / logHorizon, 24);
}
