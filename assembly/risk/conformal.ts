// Quantiles of the errors to come: weighted conformal prediction (Tibshirani, Barber, Candès &
// Ramdas 2019, "Conformal prediction under covariate shift"; Barber, Candès, Ramdas & Tibshirani
// 2023, "Conformal prediction beyond exchangeability").
//
// At a few nodes over the horizon, and for the peak, all errors over their expected sizes are
// weighted: by age, by how near their band is to the node (all bands a little), and by how near the
// size expected of them is to the one expected there (localized as by Guan 2023). Standard normal
// quantiles with the weight of eight errors stand in for what was not seen yet: they are all there
// is at the first tick and fade as errors come. Of n errors the k-th is exceeded by the next one
// with probability 1 − k / (n + 1), whatever they are distributed like; levels are read off so.
// Above the level that some twenty errors exceed, the tail is exponential (Pickands 1975, with
// shape 0); that its mean is an estimate of twenty makes the predicted tail one of Lomax.

import { work } from "../abi";
import { PRIORS, PRIOR_ERRORS, normalsOf, priorValue } from "./prior";
import { bands, findBands, findBetween, markBefore, peakSteps, shareAfter } from "./record";
import { ITEMS_CAPACITY, evidenceOf, items, logRatioAt, rowAt } from "./spread";
import { scaledError, weightAt } from "./spread";

const NODES: i32 = 8;
const ENTRIES_CAPACITY: i32 = ITEMS_CAPACITY + PRIORS;
/** Share of each band at each node, beside the bands around the node. */
const POOLED: f64 = 0.3;
/** Log ratio of expected sizes at which an error counts half. */
const ALIKE: f64 = 0.5;
/** Effective errors that have to lie above a level for it to be read off them. */
const TAIL_ERRORS: f64 = 20;
const TAIL_FROM_MIN: f64 = 0.8;

/** The node after those of the horizon. */
const PEAK: i32 = NODES;

const stepsPtr: usize = memory.data(NODES * 8, 16);
const tailStartPtr: usize = memory.data((NODES + 1) * 8, 16);
const tailMeanPtr: usize = memory.data((NODES + 1) * 8, 16);
const effectivePtr: usize = memory.data((NODES + 1) * 8, 16);

let nodes: i32 = 0;
let entries: i32 = 0;

// @ts-ignore: decorator
@inline
function at(base: usize, k: i32): usize {
  return base + (<usize>k << 3);
}

/** Cumulated weight up to the middle of each entry, of a node, over the total. */
// @ts-ignore: decorator
@inline
function levelsOf(node: i32): usize {
  return at(work(0), node * ENTRIES_CAPACITY);
}

/** Entry k of a node by size: a scaled error or prior value, f64, and the item that it is, or none
 *  of them, i32. */
function entryAt(node: i32, k: i32): usize {
  return work(4) + <usize>(node / PEAK) * (work(5) - work(4)) + (<usize>k << 4);
}

/** Sorts the entries of a node by value, ties by item (Shell 1959). */
function sort(node: i32): void {
  for (let gap = entries >> 1; gap > 0; gap = (5 * gap + 1) / 11) {
    for (let k = gap; k < entries; k++) {
      const entry = v128.load(entryAt(node, k));
      const value = load<f64>(entryAt(node, k));
      const item = load<i32>(entryAt(node, k), 8);
      let to = k;
      for (; to >= gap; to -= gap) {
        const other = entryAt(node, to - gap);
        const isBefore = load<f64>(other) == value && load<i32>(other, 8) < item;
        if (load<f64>(other) < value || isBefore) break;
        v128.store(entryAt(node, to), v128.load(other));
      }
      v128.store(entryAt(node, to), entry);
    }
  }
}

/** Share of a band's errors at a node. */
function shareOf(node: i32, row: i32): f64 {
  if (node == PEAK) return row == bands ? 1 : 0;
  if (row == bands) return 0;
  const own = row == markBefore ? 1 - shareAfter : row == markBefore + 1 ? shareAfter : 0;
  return POOLED + own;
}

/** Weights of all entries at a node where the log ratio is `ratio`; their levels and their tail. */
function weigh(node: i32, ratio: f64): void {
  let total = 0.0;
  let sum = 0.0;
  let squares = 0.0;
  for (let k = 0; k < entries; k++) {
    const place = load<i32>(entryAt(node, k), 8);
    let weight = PRIOR_ERRORS / <f64>PRIORS;
    if (place < items) {
      const distance = (load<f64>(logRatioAt(place)) - ratio) / ALIKE;
      weight = load<f64>(weightAt(place)) / (1 + distance * distance);
      const row = load<i32>(rowAt(place));
      weight *= shareOf(node, row);
      sum += weight;
      squares += (weight * weight) / evidenceOf(row);
    }
    total += weight;
    store<f64>(at(levelsOf(node), k), total - 0.5 * weight);
  }
  for (let k = 0; k < entries; k++) {
    const level = at(levelsOf(node), k);
    store<f64>(level, load<f64>(level) / total);
  }
  store<f64>(at(effectivePtr, node), squares > 0 ? (sum * sum) / squares : 0);
  measureTail(node);
}

/** Level from which the tail is parametric, of so many effective errors and the prior. */
export function tailFrom(effective: f64): f64 {
  return max(TAIL_FROM_MIN, 1 - TAIL_ERRORS / (effective + PRIOR_ERRORS));
}

// @ts-ignore: decorator
@inline
function effectiveAt(node: i32): f64 {
  return load<f64>(at(effectivePtr, node));
}

/** Keeps where the tail of a node starts, and the mean excess over it. */
function measureTail(node: i32): void {
  const start = readPredicted(node, tailFrom(effectiveAt(node)));
  let sum = 0.0;
  let total = 0.0;
  for (let k = entries - 1; k >= 0; k--) {
    const excess = load<f64>(entryAt(node, k)) - start;
    if (excess <= 0) break;
    const next = k > 0 ? load<f64>(at(levelsOf(node), k - 1)) : 0;
    const weight = load<f64>(at(levelsOf(node), k)) - next;
    sum += weight * excess;
    total += weight;
  }
  store<f64>(at(tailStartPtr, node), start);
  store<f64>(at(tailMeanPtr, node), total > 0 ? sum / total : 0);
}

/** The value at a level of a node, between entries linearly. */
function readOff(node: i32, level: f64): f64 {
  const levels = levelsOf(node);
  let low = 0;
  let high = entries - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<f64>(at(levels, middle)) < level) low = middle + 1;
    else high = middle;
  }
  const value = load<f64>(entryAt(node, low));
  if (low == 0 || load<f64>(at(levels, low)) <= level) return value;
  const before = load<f64>(at(levels, low - 1));
  const width = load<f64>(at(levels, low)) - before;
  const below = load<f64>(entryAt(node, low - 1));
  return below + ((level - before) / width) * (value - below);
}

/** The value that the next one is at or below with a probability of `level`; the prior, where it
 *  stands alone, is taken as it is. */
function readPredicted(node: i32, level: f64): f64 {
  const known = effectiveAt(node) + PRIOR_ERRORS;
  const measured = effectiveAt(node) / known;
  return readOff(node, level + ((level - 0.5) * measured) / known);
}

/** Sorts the errors over their expected sizes, and a prior, for a node or all of the horizon. */
function sortFor(node: i32, normals: f64): void {
  entries = items + PRIORS;
  for (let k = 0; k < entries; k++) {
    const entry = entryAt(node, k);
    store<f64>(entry, k < items ? scaledError(k) : priorValue(k - items, normals));
    store<i32>(entry, k, 8);
  }
  sort(node);
}

/** Sorts the errors for the nodes of the horizon, of which there is none yet. */
export function sortErrors(normals: f64): void {
  sortFor(0, normals);
  nodes = 0;
}

/** Adds the node of a step, later than those before; false when there are enough. */
export function addNode(step: i32, ratio: f64): void {
  store<f64>(at(stepsPtr, nodes), <f64>step);
  findBands(<f64>step);
  weigh(nodes++, ratio);
}

export function addPeak(ratio: f64): void {
  sortFor(PEAK, normalsOf(peakSteps));
  weigh(PEAK, ratio);
}

/** Steps of the nodes of a horizon: 1 to the horizon, evenly on a logarithmic scale. */
export function nodeStep(k: i32, horizon: i32): i32 {
  const share = <f64>k / <f64>(NODES - 1);
  return <i32>nearest(Math.exp(share * Math.log(<f64>horizon)));
}

export const NODES_CAPACITY: i32 = NODES;

function quantileAtNode(node: i32, level: f64): f64 {
  const from = tailFrom(effectiveAt(node));
  if (level <= from) return readPredicted(node, level);
  const growth = Math.exp(Math.log((1 - from) / (1 - level)) / TAIL_ERRORS);
  const excess = TAIL_ERRORS * (growth - 1);
  return load<f64>(at(tailStartPtr, node)) + load<f64>(at(tailMeanPtr, node)) * excess;
}

const quantilesPtr: usize = memory.data(NODES * 8, 16);

/** Reads a level off all nodes. */
export function readLevel(level: f64): void {
  for (let k = 0; k < nodes; k++) store<f64>(at(quantilesPtr, k), quantileAtNode(k, level));
}

/** Quantile of the scaled error at a step, of the level read last. */
export function scaledQuantile(step: i32): f64 {
  findBetween(stepsPtr, nodes, <f64>step);
  const before = load<f64>(at(quantilesPtr, markBefore));
  if (nodes < 2) return before;
  return before + shareAfter * (load<f64>(at(quantilesPtr, markBefore), 8) - before);
}

/** Quantile of the scaled error of the peak. */
export function peakScaledQuantile(level: f64): f64 {
  return quantileAtNode(PEAK, level);
}

/** Effective errors (Kish 1965) of the node that knows least. */
export function leastEffective(): f64 {
  let least = Infinity;
  for (let k = 0; k < nodes; k++) least = min(least, effectiveAt(k));
  return least;
}
