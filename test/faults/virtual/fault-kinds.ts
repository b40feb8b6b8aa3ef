import { adapterFault } from '../../../src/adapters/faults.ts';
import type { Random } from '../random.ts';
import { matrix, type Point, type Scar, type SourceTrouble } from './source.ts';
import { type RedisTrouble, redisFault } from './store.ts';
import type { World } from './world.ts';

/** One way in which the world goes wrong. */
export interface FaultKind {
  /** What the samples of its time are afterwards, beside honest; absent = honest. */
  readonly samples?: 'missing' | 'wrong';
  /** It strikes one process alone: the others have no reason to fare worse. */
  readonly isOfOne?: boolean;
  /** It needs a shared Redis. */
  readonly needsRedis?: boolean;
  /** Longest it lasts. */
  readonly secondsMax?: number;
  /**
   * Begins it.
   *
   * @param who names of the processes that a fault of one place strikes
   * @returns what ends it
   */
  readonly begin: (world: World, who: readonly string[], draw: Random) => () => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HTTP_ORIGIN = 'http://prometheus:9090';
/** How long the client goes on trying before it gives up on a refused request. */
const RETRIES_MS = 600;

function source(
  make: (who: readonly string[], draw: Random) => SourceTrouble,
  isOfOne = false,
): FaultKind {
  return {
    isOfOne,
    begin: ({ prometheus }, who, draw) => {
      const trouble = make(who, draw);
      prometheus.troubles.add(trouble);
      return () => prometheus.troubles.delete(trouble);
    },
  };
}

const failing = (code: 'adapter_unreachable' | 'adapter_status', why: string) =>
  source(() => ({
    transport: async (clock, signal) => {
      await clock.sleep(RETRIES_MS, signal);
      throw adapterFault(code, `${HTTP_ORIGIN}: ${why}`);
    },
  }));

const saying = (body: (points: readonly Point[]) => string) => source(() => ({ body }));

function scar(
  samples: NonNullable<FaultKind['samples']>,
  make: (draw: Random) => Scar['record'],
): FaultKind {
  return {
    samples,
    begin: ({ prometheus, nowSeconds }, _who, draw) => {
      const record = make(draw);
      const made = { fromSeconds: nowSeconds(), toSeconds: Number.POSITIVE_INFINITY, record };
      prometheus.scars.push(made);
      return () => {
        made.toSeconds = nowSeconds();
      };
    },
  };
}

function redis(make: (who: readonly string[]) => RedisTrouble, isOfOne = false): FaultKind {
  return {
    isOfOne,
    needsRedis: true,
    begin: (world, who) => {
      const trouble = make(who);
      world.redis.troubles.add(trouble);
      return () => world.redis.troubles.delete(trouble);
    },
  };
}

/** Something done to what Redis holds, again and again while it lasts. */
function redisValue(change: (text: string, first: string) => string | null): FaultKind {
  return {
    needsRedis: true,
    begin: ({ redis: { values }, every }) => {
      const firsts = new Map(values);
      return every(7, () => {
        for (const [key, text] of [...values]) {
          const changed = change(text, firsts.get(key) ?? text);
          if (changed === null) values.delete(key);
          else values.set(key, changed);
        }
      });
    },
  };
}

function clock(offsetMs: number, isOfAll = false): FaultKind {
  return {
    isOfOne: !isOfAll,
    begin: (world, who) => {
      const struck = world.processes.filter(({ name }) => isOfAll || who.includes(name));
      for (const one of struck) one.setClock(offsetMs);
      return () => struck.forEach((one) => void one.setClock(0));
    },
  };
}

/** kill -9 of those named; the kubelet starts them again after a while. */
function kill(count: number): FaultKind {
  return {
    secondsMax: 60,
    isOfOne: count === 1,
    begin: (world, who) => {
      const first = world.processes.findIndex(({ name }) => who.includes(name));
      const struck = world.processes.map((_, i) => world.at(first + i)).slice(0, count);
      for (const one of struck) one.kill();
      return () => struck.forEach((one) => void one.start());
    },
  };
}

/** What is left of a sum when half of the storage does not answer. */
const partial = (points: readonly Point[], more: object) =>
  matrix(
    points.map(([at, value]) => [at, String(Number(value) / 2)]),
    more,
  );

/** Every fault of the virtual bench, by name. */
export const FAULT_KINDS = {
  'prometheus-refuses': failing('adapter_unreachable', 'ECONNREFUSED'),
  'prometheus-resets': source(() => ({
    transport: async (at, signal) => {
      await at.sleep(3_000, signal);
      throw adapterFault('adapter_unreachable', `${HTTP_ORIGIN}: ECONNRESET`);
    },
  })),
  'prometheus-hangs': source(() => ({
    transport: (at, signal) => at.sleep(DAY_MS, signal),
  })),
  'prometheus-half-open-for-one': source(
    (who) => ({
      who,
      transport: (at, signal) => at.sleep(DAY_MS, signal),
    }),
    true,
  ),
  'prometheus-slow': source((_who, draw) => {
    const slowMs = draw.whole(1_000, 9_000);
    return { transport: (at, signal) => at.sleep(slowMs, signal) };
  }),
  'prometheus-flaps': source((_who, draw) => ({
    transport: async () => {
      if (draw.chance(0.5)) throw adapterFault('adapter_unreachable', 'ECONNRESET');
    },
  })),
  'prometheus-unreachable-for-one': source(
    (who) => ({
      who,
      transport: async () => {
        throw adapterFault('adapter_unreachable', `${HTTP_ORIGIN}: EHOSTUNREACH`);
      },
    }),
    true,
  ),
  'prometheus-503': failing('adapter_status', 'answered 503'),
  'prometheus-429': failing('adapter_status', 'answered 429'),
  'prometheus-huge': failing('adapter_status', 'answered with more than 4194304 bytes'),
  'dns-gone': failing('adapter_unreachable', 'ENOTFOUND'),
  'prometheus-truncated': saying((points) => matrix(points).slice(0, -20)),
  'prometheus-html': saying(() => '<html><body>Bad gateway</body></html>'),
  'prometheus-error-body': saying(() => '{"status":"error","errorType":"execution"}'),
  'prometheus-warns': saying((points) => matrix(points, { warnings: ['PromQL warning: slow'] })),
  'thanos-partial': saying((points) => partial(points, { warnings: ['store-1: unavailable'] })),
  'victoriametrics-partial': saying((points) => partial(points, { isPartial: true })),
  'prometheus-empty': saying(() => matrix([])),
  'prometheus-two-series': saying((points) =>
    JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: ['a', 'b'].map((pod) => ({ metric: { pod }, values: points })),
      },
    }),
  ),
  'prometheus-doubles-and-disorder': saying((points) =>
    matrix([...points, ...points.slice(-5)].reverse()),
  ),
  'prometheus-lags': source((_who, draw) => ({ lagSeconds: draw.whole(70, 300) })),
  'exporter-silent': scar('missing', () => () => null),
  'exporter-nan': scar('missing', () => () => 'NaN'),
  'exporter-infinite': scar('missing', () => () => '+Inf'),
  'exporter-1e308': scar('missing', () => () => '1e308'),
  'redis-down': redis(() => ({
    transport: async () => {
      throw redisFault('ECONNREFUSED');
    },
  })),
  'redis-hangs': redis(() => ({
    transport: async (at) => {
      await at.sleep(1_000);
      throw redisFault('no answer within 1000 ms');
    },
  })),
  'redis-slow': redis(() => ({ transport: (at) => at.sleep(900) })),
  'redis-unreachable-for-one': redis(
    (who) => ({
      who,
      transport: async () => {
        throw redisFault('EHOSTUNREACH');
      },
    }),
    true,
  ),
  'redis-read-only': redis(() => ({ refusesWrites: 'READONLY' })),
  'redis-out-of-memory': redis(() => ({ refusesWrites: 'OOM' })),
  'redis-flushed': redisValue(() => null),
  'redis-garbage': redisValue((text) => text.slice(0, text.length / 2)),
  'redis-rolled-back': redisValue((_text, first) => first),
  'redis-of-other-options': redisValue((text) =>
    text.replace(/"optionsId":"\w+"/, '"optionsId":"0123456789abcdef"'),
  ),
  'clock-30s-ahead': clock(30_000),
  'clock-30s-back': clock(-30_000),
  // Prometheus' look-back still answers it.
  'clock-1m-ahead': { ...clock(60_000), needsRedis: true },
  'clock-1h-ahead': clock(HOUR_MS),
  'clock-1h-back': clock(-HOUR_MS),
  'clock-1d-ahead': clock(DAY_MS),
  'clock-1d-back': clock(-DAY_MS),
  'clocks-1h-ahead': clock(HOUR_MS, true),
  'clocks-1h-back': clock(-HOUR_MS, true),
  'machine-suspended': {
    begin: (world) => {
      world.suspend();
      return () => world.resume();
    },
  },
  'sidecar-killed': kill(1),
  'sidecars-killed': kill(3),
  'sidecar-frozen': {
    secondsMax: 120,
    isOfOne: true,
    begin: (world, who) => {
      const [frozen] = world.processes.filter(({ name }) => who.includes(name));
      frozen?.freeze();
      const end = world.probeLiveness(frozen);
      return () => {
        end();
        frozen?.thaw();
      };
    },
  },
  'rolling-restart': {
    secondsMax: 60,
    begin: (world) => world.restartOneByOne(),
  },
  'log-disk-full': {
    begin: (world) => {
      for (const one of world.processes) one.isDiskFull = true;
      return () => world.processes.forEach((one) => void Object.assign(one, { isDiskFull: false }));
    },
  },
  'kernel-traps': {
    isOfOne: true,
    begin: (world, who) => {
      world.trapping.add(who[0] ?? '');
      return () => world.trapping.clear();
    },
  },
  'keda-cut-off-from-one': {
    begin: (world, who) => {
      const struck = world.processes.filter(({ name }) => who.includes(name));
      for (const one of struck) one.isCutOff = true;
      return () => struck.forEach((one) => void Object.assign(one, { isCutOff: false }));
    },
  },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULT_KINDS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as readonly FaultName[];

export function faultKind(name: FaultName): FaultKind {
  return FAULT_KINDS[name];
}
