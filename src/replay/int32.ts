export const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

/** Go's int32(float64) on amd64: the fraction is dropped; what does not fit is the smallest int. */
export function toInt32(x: number): number {
  const whole = Math.trunc(x);
  return whole >= INT32_MIN && whole <= INT32_MAX ? whole | 0 : INT32_MIN;
}
