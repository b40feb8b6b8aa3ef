/**
 * How long a pod takes from its creation to Ready: fixed, or drawn from evenly spaced quantiles
 * (`[20, 30, 90]`: least, median, most), between which it is linear.
 */
export type StartDelay = number | readonly number[];

/** The median of a pod's start, in seconds. */
export function typicalSeconds(delay: StartDelay): number {
  return typeof delay === 'number' ? delay : (delay[delay.length >> 1] as number);
}

/** Draws one delay after the other, in nanoseconds; the same seed gives the same ones. */
export function delaysNs(delay: StartDelay, seed: number): () => number {
  if (typeof delay === 'number') {
    const fixedNs = Math.round(delay * 1e9);
    return () => fixedNs;
  }
  const next = random(seed);
  return () => {
    const at = next() * (delay.length - 1);
    const k = Math.floor(at);
    const low = delay[k] as number;
    const high = delay[Math.min(k + 1, delay.length - 1)] as number;
    return Math.round((low + (high - low) * (at - k)) * 1e9);
  };
}

/** Numbers in [0, 1): mulberry32 (Tommy Ettinger), 32 bits of state. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
