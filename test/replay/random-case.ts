import { random } from '../../src/replay/start-delay.ts';

/** Draws of one case. */
class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(Math.imul(seed + 1, 0x9e3779b1));
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  int(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }

  /** `make()` with a chance, else undefined, which JSON leaves out. */
  maybe<T>(share: number, make: () => T): T | undefined {
    return this.chance(share) ? make() : undefined;
  }
}

/** Half a second beside every sync, whatever its latency: what happens there ties with none. */
const BESIDE_SYNCS = 0.4871;

function rules(draw: Draw) {
  const policy = () => ({
    type: draw.of(['Pods', 'Percent']),
    value: draw.of([1, 2, 3, 4, 7, 10, 25, 33, 50, 75, 100, 150]),
    periodSeconds: draw.of([1, 10, 15, 16, 30, 45, 60, 90, 120, 300]),
  });
  return {
    stabilizationWindowSeconds: draw.maybe(0.6, () =>
      draw.of([0, 0, 10, 15, 30, 31, 45, 60, 90, 120]),
    ),
    selectPolicy: draw.maybe(0.5, () => draw.of(['Max', 'Min', 'Min', 'Disabled'])),
    policies: draw.maybe(0.7, () => Array.from({ length: draw.int(1, 3) }, policy)),
    tolerance: draw.maybe(0.3, () => draw.of(['0', '0.05', '50m', '0.1', '0.2', '0.333'])),
  };
}

/** Levels that jump, drift, sit on the edges of the tolerance, or fail. */
function series(draw: Draw, points: number, scale: number, type: string) {
  let level = draw.int(0, 20);
  return Array.from({ length: points }, (_, i) => {
    const t = i * 15 + draw.of([0, 2, 5, 9.25, 14]);
    if (draw.chance(0.08)) return { t, value: null };
    if (draw.chance(0.02))
      return { t, value: draw.of([-1, -0.0004, 1e10, 3e12, 4e15, 1e16, 1e22]) };
    if (draw.chance(0.25)) level = draw.int(0, 40);
    else if (draw.chance(0.5)) level = Math.max(0, level + draw.int(-3, 3));
    const edge = draw.chance(0.3) ? draw.of([1.1, 0.9, 1.1001, 0.8999, 1.2, 0.8, 1.05]) : 1;
    const grain = draw.of([1, 1, 1.0001, 1.0005, 1.0625, 0.9995]);
    const ofTarget = type === 'Value' ? Math.max(level, 1) / draw.int(1, 20) : level;
    return { t, value: ofTarget * edge * grain * scale };
  });
}

function metric(draw: Draw, points: number) {
  const type = draw.chance(0.25) ? 'Value' : 'AverageValue';
  const [target, scale] = draw.of([
    ['1', 1],
    ['1', 1],
    ['200', 200],
    ['0.5', 0.5],
    ['1500m', 1.5],
    ['33.333', 33.333],
    ['2k', 2000],
  ] as const);
  return { type, target, series: series(draw, points, scale, type) };
}

/** A case of hpajudge; the same seed gives the same one. About 40 syncs. */
export function randomCase(seed: number): object {
  const draw = new Draw(seed);
  const syncs = draw.int(15, 60);
  const featureGates = draw.maybe(0.12, () => ({ HPAScaleToZero: true }));
  const minReplicas = draw.maybe(0.7, () => draw.int(featureGates ? 0 : 1, 5));
  const count = draw.chance(0.35) ? draw.int(2, 3) : 1;
  const metrics = Array.from({ length: count }, () => metric(draw, syncs));
  return {
    minReplicas,
    maxReplicas: draw.of([5, 9, 20, 20, 50, 100]),
    behavior: draw.maybe(0.65, () => ({
      scaleUp: draw.maybe(0.7, () => rules(draw)),
      scaleDown: draw.maybe(0.7, () => rules(draw)),
    })),
    ...(count === 1 ? metrics[0] : { metrics }),
    startReplicas: draw.int(0, 25),
    durationSeconds: syncs * 15,
    outside: draw.maybe(0.3, () =>
      Array.from({ length: draw.int(1, 4) }, (_, i) => ({
        t: draw.int(0, syncs) * 15 + draw.int(1, 13) + BESIDE_SYNCS + i / 100,
        replicas: draw.int(0, 30),
      })),
    ),
    podCreateSeconds: draw.maybe(0.25, () => draw.of([0.3, 4.7, 17.3, 41.9])),
    podReadySeconds: draw.maybe(0.5, () => draw.of([3.13, 21.77, 62.37, 123.17])),
    latencySeconds: draw.maybe(0.3, () => draw.of([0, 0.013, 0.251])),
    syncSeconds: draw.maybe(0.1, () => draw.of([5, 30])),
    tolerance: draw.maybe(0.2, () => draw.of([0, 0.05, 0.2])),
    downscaleStabilizationSeconds: draw.maybe(0.5, () => draw.of([0, 15, 30, 60, 150])),
    featureGates,
  };
}
