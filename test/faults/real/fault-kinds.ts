import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from '../../parts/redis.ts';
import { secondsUntilKilled } from '../virtual/liveness.ts';
import type { Cluster } from './cluster.ts';
import type { ProxyMode } from './proxy.ts';

/** One way in which real parts fail. */
export interface RealFault {
  readonly seconds: number;
  /** What a connection that hangs costs after the fault, until its own time limit. */
  readonly afterSeconds?: number;
  readonly begin: (cluster: Cluster) => Promise<() => Promise<void>>;
}

/** Time passes ten times faster than in production. */
const SPEED = 10;
/** Long enough for the last forecast to become stale. */
const LONG_SECONDS = 11;
const SHORT_SECONDS = 4;
const OVER_THE_CAP_MIB = 5;

function onTheWay(
  to: 'promProxy' | 'redisProxy',
  mode: ProxyMode,
  seconds: number,
  afterSeconds = 0,
): RealFault {
  return {
    seconds,
    afterSeconds,
    begin: async (cluster) => {
      cluster[to].set(mode);
      return async () => cluster[to].set({ kind: 'pass' });
    },
  };
}

const toPrometheus = (mode: ProxyMode, seconds = LONG_SECONDS, after = 0) =>
  onTheWay('promProxy', mode, seconds, after);
const saying = (status: string, body: string, seconds = SHORT_SECONDS) =>
  toPrometheus({ kind: 'say', status, body }, seconds);

function commanded(begin: readonly string[], end: readonly string[]): RealFault {
  return {
    seconds: SHORT_SECONDS,
    begin: async ({ redis }) => {
      await redis.command(...begin);
      return async () => void (await redis.command(...end));
    },
  };
}

export const PROMETHEUS_FAULTS: Readonly<Record<string, RealFault>> = {
  'prometheus is killed': {
    seconds: LONG_SECONDS,
    begin: async ({ prometheus }) => {
      await prometheus.stop();
      return () => prometheus.startAgain();
    },
  },
  'prometheus is frozen': {
    seconds: LONG_SECONDS,
    begin: async ({ prometheus }) => {
      prometheus.signal('SIGSTOP');
      return async () => prometheus.signal('SIGCONT');
    },
  },
  'prometheus resets connections': toPrometheus({ kind: 'reset' }),
  'prometheus is half-open': toPrometheus({ kind: 'half-open' }, LONG_SECONDS),
  'prometheus is slow': toPrometheus({ kind: 'slow', delayMs: 1_500 }, SHORT_SECONDS, 3),
  'prometheus says 429': saying('429 Too Many Requests', 'slow down'),
  'prometheus says 503': saying('503 Service Unavailable', '{"status":"error"}', LONG_SECONDS),
  'prometheus says HTML': saying('200 OK', '<html></html>'),
  'prometheus says half of its JSON': saying('200 OK', '{"status":"success","data":{"resul'),
  'prometheus says nothing with a warning': saying(
    '200 OK',
    '{"status":"success","data":{"resultType":"matrix","result":[]},"warnings":["partial"]}',
  ),
  'prometheus says too much': toPrometheus(
    { kind: 'flood', mib: OVER_THE_CAP_MIB },
    SHORT_SECONDS,
    3,
  ),
};

export const REDIS_FAULTS: Readonly<Record<string, RealFault>> = {
  'redis is killed': {
    seconds: SHORT_SECONDS,
    begin: async ({ redis }) => {
      await redis.stop();
      return () => redis.startAgain();
    },
  },
  'redis is frozen': {
    seconds: LONG_SECONDS,
    begin: async ({ redis }) => {
      redis.signal('SIGSTOP');
      return async () => redis.signal('SIGCONT');
    },
  },
  'redis resets connections': onTheWay('redisProxy', { kind: 'reset' }, SHORT_SECONDS),
  'redis is half-open': onTheWay('redisProxy', { kind: 'half-open' }, SHORT_SECONDS),
  'redis is slow': onTheWay('redisProxy', { kind: 'slow', delayMs: 600 }, SHORT_SECONDS),
  'redis is flushed': commanded(['FLUSHALL'], ['PING']),
  'redis is read-only': commanded(['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
  'redis is out of memory': commanded(
    ['CONFIG', 'SET', 'maxmemory', '1'],
    ['CONFIG', 'SET', 'maxmemory', '0'],
  ),
  'redis fails over to an empty one': {
    seconds: SHORT_SECONDS,
    begin: async ({ redis, redisProxy }) => {
      const other = await Redis.start();
      redisProxy.retarget(other.port);
      return async () => {
        redisProxy.retarget(redis.port);
        await other.stop();
      };
    },
  },
};

export const SIDECAR_FAULTS: Readonly<Record<string, RealFault>> = {
  'a sidecar is killed': {
    seconds: SHORT_SECONDS,
    begin: async (cluster) => {
      const struck = cluster.at(0);
      await cluster.ended(struck, 'SIGKILL');
      return async () => cluster.startAgain(struck);
    },
  },
  'all sidecars are killed': {
    seconds: 2,
    begin: async (cluster) => {
      await Promise.all(cluster.places.map((one) => cluster.ended(one, 'SIGKILL')));
      return async () => cluster.places.forEach((one) => void cluster.startAgain(one));
    },
  },
  'a sidecar is frozen for a while': {
    seconds: 3,
    begin: async (cluster) => {
      const { program } = cluster.at(1);
      program.signal('SIGSTOP');
      return async () => program.signal('SIGCONT');
    },
  },
  'a sidecar is frozen until its liveness probe kills it': {
    seconds: secondsUntilKilled() / SPEED,
    begin: async (cluster) => {
      const struck = cluster.at(2);
      struck.program.signal('SIGSTOP');
      return async () => {
        await cluster.ended(struck, 'SIGKILL');
        cluster.startAgain(struck);
      };
    },
  },
  'sidecars are restarted one by one': {
    seconds: 0,
    begin: async (cluster) => {
      const stopProbing = cluster.probeDensely();
      for (const place of cluster.places) {
        await cluster.ended(place, 'SIGTERM');
        cluster.startAgain(place);
        await cluster.ready(place);
        await delay(1_000);
      }
      return stopProbing;
    },
  },
  'a sidecar cannot log to a full disk': {
    seconds: SHORT_SECONDS,
    begin: async (cluster) => {
      const struck = cluster.at(0);
      await cluster.ended(struck, 'SIGTERM');
      cluster.startAgain(struck, { isDiskFull: true });
      return async () => {
        await cluster.ended(struck, 'SIGTERM');
        cluster.startAgain(struck);
      };
    },
  },
  'the name of prometheus is gone for one': {
    seconds: SHORT_SECONDS,
    begin: async (cluster) => {
      const struck = cluster.at(1);
      await cluster.ended(struck, 'SIGTERM');
      cluster.startAgain(struck, { promUrl: 'http://prometheus.invalid:9090' });
      return async () => {
        await cluster.ended(struck, 'SIGTERM');
        cluster.startAgain(struck);
      };
    },
  },
};

/** Of two faults at once: the longer time, and both ends. */
export function both(one: RealFault, other: RealFault): RealFault {
  const after = Math.max(one.afterSeconds ?? 0, other.afterSeconds ?? 0);
  return {
    seconds: Math.max(one.seconds, other.seconds),
    afterSeconds: after,
    begin: async (cluster) => {
      const ends = [await one.begin(cluster), await other.begin(cluster)];
      return async () => {
        for (const end of ends) await end();
      };
    },
  };
}
