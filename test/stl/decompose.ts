import type { Kernel } from '../../src/wasm/kernel.ts';

/** How STL runs. */
export interface Passes {
  readonly inner: number;
  readonly outer: number;
  readonly degree: number;
  readonly jumps: boolean;
}

export interface Components {
  readonly adjusted: Float64Array;
  readonly trend: Float64Array;
  readonly seasons: readonly Float64Array[];
}

/** The components of `y` as assembly/stl has them, for one or two periods in steps. */
export function decompose(
  kernel: Kernel,
  y: ArrayLike<number>,
  periods: readonly number[],
  passes: Passes,
): Components {
  const [short = 0, long = 0] = periods;
  const { inner, outer, degree, jumps } = passes;
  kernel.write('historyPtr', y);
  kernel.call((guest) =>
    guest.mstlDecompose(y.length, short, long, inner, outer, degree, jumps ? 1 : 0),
  );
  const names = ['shortSeasonPtr', 'longSeasonPtr'] as const;
  return {
    adjusted: kernel.read('adjustedPtr', y.length),
    trend: kernel.read('trendPtr', y.length),
    seasons: periods.map((_, k) => kernel.read(names[k] as (typeof names)[number], y.length)),
  };
}
