/**
 * Noise that is a pure function of integers, equal on every machine: MurmurHash3's 32-bit finalizer
 * (Appleby, github.com/aappleby/smhasher, MurmurHash3.cpp) over seed and index.
 *
 * @returns uniform in [−1, 1)
 */
export function noiseAt(seed: number, index: number): number {
  let h = Math.imul(index ^ Math.imul(seed, 0x9e3779b1), 0xcc9e2d51) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) / 0x8000_0000;
}

/**
 * Value noise: hashed knots every `knotSeconds`, joined by the smoothstep 3u² − 2u³.
 *
 * @returns in [−1, 1)
 */
export function smoothNoiseAt(seed: number, timeSeconds: number, knotSeconds: number): number {
  const knot = Math.floor(timeSeconds / knotSeconds);
  const u = timeSeconds / knotSeconds - knot;
  const left = noiseAt(seed, knot);
  return left + (noiseAt(seed, knot + 1) - left) * u * u * (3 - 2 * u);
}

/** 32-bit FNV-1a of a text's UTF-16 units (Fowler, Noll, Vo; IETF draft-eastlake-fnv). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}
