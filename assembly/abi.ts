// The contract between the guest and its host: version, capacities, result codes and static
// buffers.
//
// The host reads every pointer and capacity from the module's exports (src/wasm/abi.ts mirrors the
// names, never the numbers). All buffers are static data, so host views never detach.
//
//   history  f64[HISTORY_CAPACITY]  observed values, oldest first, NaN = missing    host → guest
//   mean     f64[HORIZON_CAPACITY]  forecast point of each step                     guest → host
//   sigma    f64[HORIZON_CAPACITY]  forecast standard error of each step            guest → host
//   params   f64[PARAMS_CAPACITY]   a model's parameters, layout told by its file   both ways
//   work     f64[WORK_BUFFERS][HISTORY_CAPACITY]  scratch of the fit that runs now  guest only

export const ABI_VERSION: i32 = 1;

/** Points of history: 32 days of minutes, so that a whole month fits at a step of one minute. */
export const HISTORY_CAPACITY: i32 = 46_080;
/** Steps of a forecast: two days of minutes. */
export const HORIZON_CAPACITY: i32 = 2_880;
/** Longest season in steps: a week of minutes. */
export const SEASON_CAPACITY: i32 = 10_080;
export const PARAMS_CAPACITY: i32 = 128;
export const WORK_BUFFERS: i32 = 8;

// Result codes: 0 is done, positive asks to be called again, negative is a refusal.
export const OK: i32 = 0;
export const MORE: i32 = 1;
/** A length or horizon outside the capacity of its buffer. */
export const ERR_CAPACITY: i32 = -1;
/** An order, season length or other model option outside its domain. */
export const ERR_OPTION: i32 = -2;
/** Fewer observed points than the model needs. */
export const ERR_TOO_SHORT: i32 = -3;
/** No finite answer exists for these values. */
export const ERR_NOT_FINITE: i32 = -4;
/** Called out of order, e.g. a forecast without a fit. */
export const ERR_STATE: i32 = -5;

const F64: i32 = 8;

export const historyPtr: usize = memory.data(HISTORY_CAPACITY * F64, 16);
export const meanPtr: usize = memory.data(HORIZON_CAPACITY * F64, 16);
export const sigmaPtr: usize = memory.data(HORIZON_CAPACITY * F64, 16);
export const paramsPtr: usize = memory.data(PARAMS_CAPACITY * F64, 16);
const workPtr: usize = memory.data(WORK_BUFFERS * HISTORY_CAPACITY * F64, 16);

/** Scratch buffer k, f64[HISTORY_CAPACITY]; whoever fits now owns all of them. */
// @ts-ignore: decorator
@inline
export function work(k: i32): usize {
  return workPtr + <usize>k * HISTORY_CAPACITY * F64;
}

/** Whether `n` steps of history and a horizon fit their buffers. */
export function fits(n: i32, horizon: i32): bool {
  return n >= 1 && n <= HISTORY_CAPACITY && horizon >= 1 && horizon <= HORIZON_CAPACITY;
}

/** Traps: a broken invariant of the guest ends the call, never the host (src/wasm/kernel.ts). */
export function abort(message: usize, file: usize, line: u32, column: u32): void {
  unreachable();
}
