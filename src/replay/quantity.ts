/** Powers of ten of the decimal suffixes, of two of the binary ones (k8s.io/apimachinery). */
const DECIMAL: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};
const BINARY: Readonly<Record<string, number>> = {
  ...{ Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 },
};
const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;
/** Decimal places kept; finer parts are rounded away from zero. */
const PLACES = 9;
const EXPONENT_MAX = 30;

/** A Kubernetes quantity as a whole number of billionths, or null when the text is none. */
function parseNano(text: string): bigint | null {
  const match = QUANTITY.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return null;
  const digits = BigInt(whole + fraction);
  const power = exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent);
  if (Math.abs(power) > EXPONENT_MAX) return null;
  const scaled = digits << BigInt(BINARY[suffix] ?? 0);
  const places = PLACES + power - fraction.length;
  const nano = places >= 0 ? scaled * 10n ** BigInt(places) : divideUp(scaled, -places);
  return sign === '-' ? -nano : nano;
}

function divideUp(value: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places);
  return (value + divisor - 1n) / divisor;
}

/** The quantity in thousandths, rounded up, or null when the text is none. */
export function quantityMilli(text: string): number | null {
  const nano = parseNano(text);
  if (nano === null) return null;
  return nano > 0n ? Number(divideUp(nano, 6)) : Number(nano / 1_000_000n);
}

/** The quantity as the controller reads a tolerance, or null when the text is none. */
export function quantityNumber(text: string): number | null {
  const nano = parseNano(text);
  return nano === null ? null : Number(nano) / 1e9;
}
