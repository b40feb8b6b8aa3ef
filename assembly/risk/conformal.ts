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
import { normalQuantile } from "../stats/normal";
import { bands, middleOf, peakSteps } from "./record";
import { ITEMS_CAPACITY, PRIOR_ERRORS, errorAt, items, logRatioAt, rowAt } from "./spread";
import { scaledError, weightAt } from "./spread";

const NODES: i32 = 8;
const PRIORS: i32 = 32;
const ENTRIES_CAPACITY: i32 = ITEMS_CAPACITY + PRIORS;
/** 1 / mean absolute value of a standard normal variable: the prior's expected size is 1. */
const NORMAL_SPREAD: f64 = 1.2533141373155003;
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
const tailFromPtr: usize = memory.data((NODES + 1) * 8, 16);
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

/** Scaled errors and prior by size, and where each stood before. */
// @ts-ignore: decorator
@inline
function valueAt(k: i32): usize {
  return at(work(4), k);
}

// @ts-ignore: decorator
@inline
function placeAt(k: i32): usize {
  return at(work(4), ENTRIES_CAPACITY + k);
}

/** Sorts values and places by value, ties by place: merge sort, bottom up. */
function sort(): void {
  let from = work(4);
  let to = work(5);
  for (let width = 1; width < entries; width *= 2) {
    for (let start = 0; start < entries; start += 2 * width) {
      const middle = min(start + width, entries);
      const end = min(start + 2 * width, entries);
      let left = start;
      let right = middle;
      for (let k = start; k < end; k++) {
        const takesLeft =
          left < middle &&
          (right >= end || load<f64>(at(from, left)) <= load<f64>(at(from, right)));
        const taken = takesLeft ? left++ : right++;
        store<f64>(at(to, k), load<f64>(at(from, taken)));
        store<f64>(at(to, ENTRIES_CAPACITY + k), load<f64>(at(from, ENTRIES_CAPACITY + taken)));
      }
    }
    const other = from;
    from = to;
    to = other;
  }
  if (from != work(4)) memory.copy(work(4), from, <usize>(2 * ENTRIES_CAPACITY) << 3);
}

/** Where a step lies between the middles of the bands: index of the one before, and the share of
 *  the one after, on a logarithmic scale. */
export let bandBefore: i32 = 0;
export let shareAfter: f64 = 0;

export function findBands(step: f64): void {
  bandBefore = 0;
  while (bandBefore < bands - 2 && middleOf(bandBefore + 1) < step) bandBefore++;
  shareAfter = 0;
  if (bands < 2) return;
  const low = Math.log(middleOf(bandBefore));
  const high = Math.log(middleOf(bandBefore + 1));
  shareAfter = min(max((Math.log(step) - low) / (high - low), 0), 1);
}

/** Share of a band's errors at a node. */
function shareOf(node: i32, row: i32): f64 {
  if (node == PEAK) return row == bands ? 1 : 0;
  if (row == bands) return 0;
  const own = row == bandBefore ? 1 - shareAfter : row == bandBefore + 1 ? shareAfter : 0;
  return POOLED + own;
}

/** Weights of all entries at a node where the log ratio is `ratio`; their levels and their tail. */
function weigh(node: i32, ratio: f64): void {
  let total = 0.0;
  let sum = 0.0;
  let squares = 0.0;
  for (let k = 0; k < entries; k++) {
    const place = <i32>load<f64>(placeAt(k));
    let weight = PRIOR_ERRORS / <f64>PRIORS;
    if (place < items) {
      const distance = (load<f64>(logRatioAt(place)) - ratio) / ALIKE;
      weight = load<f64>(weightAt(place)) / (1 + distance * distance);
      weight *= shareOf(node, <i32>load<f64>(rowAt(place)));
      sum += weight;
      squares += weight * weight;
    }
    total += weight;
    store<f64>(at(levelsOf(node), k), total - 0.5 * weight);
  }
  for (let k = 0; k < entries; k++) {
    const level = at(levelsOf(node), k);
    store<f64>(level, load<f64>(level) / total);
  }
  store<f64>(at(effectivePtr, node), squares > 0 ? (sum * sum) / squares : 0);
  measureTail(node, max(TAIL_FROM_MIN, 1 - TAIL_ERRORS / known(node)));
}

/** Effective errors of a node, the prior among them. */
function known(node: i32): f64 {
  return load<f64>(at(effectivePtr, node)) + PRIOR_ERRORS;
}

/** Keeps where the tail of a node starts, and the mean excess over it. */
function measureTail(node: i32, from: f64): void {
  const start = readPredicted(node, from);
  let sum = 0.0;
  let total = 0.0;
  for (let k = entries - 1; k >= 0; k--) {
    const excess = load<f64>(valueAt(k)) - start;
    if (excess <= 0) break;
    const next = k > 0 ? load<f64>(at(levelsOf(node), k - 1)) : 0;
    const weight = load<f64>(at(levelsOf(node), k)) - next;
    sum += weight * excess;
    total += weight;
  }
  store<f64>(at(tailFromPtr, node), from);
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
  const value = load<f64>(valueAt(low));
  if (low == 0 || load<f64>(at(levels, low)) <= level) return value;
  const before = load<f64>(at(levels, low - 1));
  const width = load<f64>(at(levels, low)) - before;
  const below = load<f64>(valueAt(low - 1));
  return below + ((level - before) / width) * (value - below);
}

/** The value that the next one is at or below with a probability of `level`; the prior, where it
 *  stands alone, is taken as it is. */
function readPredicted(node: i32, level: f64): f64 {
  const measured = load<f64>(at(effectivePtr, node)) / known(node);
  return readOff(node, level + ((level - 0.5) * measured) / known(node));
}

/** Errors over their expected sizes and prior, sorted; then nothing is weighted yet. */
export function sortErrors(): void {
  entries = items + PRIORS;
  for (let k = 0; k < entries; k++) {
    const level = (<f64>(k - items) + 0.5) / <f64>PRIORS;
    store<f64>(valueAt(k), k < items ? scaledError(k) : NORMAL_SPREAD * normalQuantile(level));
    store<f64>(placeAt(k), <f64>k);
  }
  sort();
  nodes = 0;
}

/** Adds the node of a step, later than those before; false when there are enough. */
export function addNode(step: i32, ratio: f64): void {
  store<f64>(at(stepsPtr, nodes), <f64>step);
  findBands(<f64>step);
  weigh(nodes++, ratio);
}

export function addPeak(ratio: f64): void {
  weigh(PEAK, ratio);
}

/** Steps of the nodes of a horizon: 1 to the horizon, evenly on a logarithmic scale. */
export function nodeStep(k: i32, horizon: i32): i32 {
  const share = <f64>k / <f64>(NODES - 1);
  return <i32>nearest(Math.exp(share * Math.log(<f64>horizon)));
}

export const NODES_CAPACITY: i32 = NODES;

function quantileAtNode(node: i32, level: f64): f64 {
  const from = load<f64>(at(tailFromPtr, node));
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
  let k = 0;
  while (k < nodes - 2 && load<f64>(at(stepsPtr, k + 1)) < <f64>step) k++;
  const before = load<f64>(at(quantilesPtr, k));
  if (nodes < 2) return before;
  const low = Math.log(load<f64>(at(stepsPtr, k)));
  const high = Math.log(load<f64>(at(stepsPtr, k + 1)));
  const share = min(max((Math.log(<f64>step) - low) / (high - low), 0), 1);
  return before + share * (load<f64>(at(quantilesPtr, k + 1)) - before);
}

/** Quantile of the scaled error of the peak. */
export function peakScaledQuantile(level: f64): f64 {
  return quantileAtNode(PEAK, level);
}

/** Effective errors (Kish 1965) and the level from which the tail is parametric, of the node that
 *  knows least. */
export function leastEffective(): f64 {
  let least = Infinity;
  for (let k = 0; k < nodes; k++) least = min(least, load<f64>(at(effectivePtr, k)));
  return least;
}

export function leastTailFrom(): f64 {
  let least = 1.0;
  for (let k = 0; k < nodes; k++) least = min(least, load<f64>(at(tailFromPtr, k)));
  return least;
}
