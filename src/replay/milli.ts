/** From here on a value in thousandths is over 2^53: doubles no longer hold its last digit. */
const EXACT_MAX = 9e12;
/** Magnitude from which a value in thousandths no longer fits in 64 bits. */
const INT64_MAX_UNITS = 9.2e15;

/**
 * A metric's value in thousandths, as the HPA sees what KEDA sends: written with three decimals
 * (Go's %.3f: the exact binary value, halves to even), read as a quantity. Beyond 64 bits it wraps.
 */
export function toMilli(value: number): number {
  const product = value * 1000;
  const rounded = Math.round(product);
  const isSafe = Math.abs(value) < EXACT_MAX;
  // A product this far from a half is rounded as the exact one would be.
  if (isSafe && Math.abs(Math.abs(product - Math.floor(product)) - 0.5) > 1e-3) return rounded;
  if (isSafe) return nearHalf(value);
  if (Math.abs(value) < INT64_MAX_UNITS) return Number(value.toFixed(3).replace('.', ''));
  return Number(BigInt.asIntN(64, BigInt(value) * 1000n));
}

/** toFixed works on the exact value but takes halves up; a true half is a multiple of 1/16. */
function nearHalf(value: number): number {
  const magnitude = Math.abs(value);
  const sixteenths = magnitude * 16;
  const milli = Number(magnitude.toFixed(3).replace('.', ''));
  const isTie = Number.isInteger(sixteenths) && (sixteenths * 125) % 2 === 1;
  const even = isTie && milli % 2 === 1 ? milli - 1 : milli;
  return value < 0 ? -even : even;
}
