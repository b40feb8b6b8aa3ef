import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Options } from '../../../src/config/options.ts';
import { parseOptions } from '../../../src/config/parse.ts';
import { freePort } from '../../parts/ports.ts';
import { Program } from '../../parts/program.ts';
import { Prometheus } from '../../parts/prometheus.ts';
import { Redis } from '../../parts/redis.ts';
import { tryFetch, until } from '../../parts/until.ts';
import { type Answer, METHODS, type Method, textOf } from '../answer.ts';
import { Timeline } from '../timeline.ts';
import { RealKeda } from './keda.ts';
import { FaultyProxy } from './proxy.ts';

const BUNDLE = fileURLToPath(new URL('../../../dist/sidecar.js', import.meta.url));
export const SIDECARS = 3;
/** Ten times the speed of production and more: a grid of two seconds, a tick each second. */
export const STEP_SECONDS = 2;
export const INTERVAL_SECONDS = 1;
const LEAD_SECONDS = 4;
/** KEDA's 14 calls a minute at ten times the speed, and the bench's own looks. */
const CALL_EVERY_MS = 60_000 / 140;
const LOOK_EVERY_MS = 400;
/** One that is frozen shows nothing. */
const SEEN_WITHIN_MS = 500;
const PAST_STEPS = 300;
const FUTURE_STEPS = 600;

const FLAGS = [
  '--workload=shop/api',
  '--prom-query=http_rps',
  `--step=${STEP_SECONDS}s`,
  `--interval=${INTERVAL_SECONDS}s`,
  '--settle=1s',
  '--horizon=120s',
  `--lead-time=${LEAD_SECONDS}s`,
  '--stale-after=8s',
  '--history=6m',
  '--window=20s',
  '--model=baseline',
  '--storage=redis',
];

/** Ten pods that swing a little, at any instant; whole numbers survive every text. */
export function demandAt(seconds: number): number {
  return Math.round(2_000 * (1 + 0.2 * Math.sin((2 * Math.PI * seconds) / 120)));
}

/** A forecast that was in force while its key did not change. */
type Seen = Pick<Answer, 'basis' | 'saysStale'> & { readonly key: string };

type Asked = Omit<Answer, 'from' | 'leadSeconds' | 'basis' | 'saysStale'>;

/** What is wrong with the place where a sidecar runs. */
interface Circumstances {
  readonly promUrl?: string;
  readonly isDiskFull?: boolean;
}

export interface Place {
  readonly http: string;
  readonly grpc: string;
  program: Program;
  /** It is meant to be there: when it ends, that is a crash. */
  isWanted: boolean;
  holding: { readonly key: string; readonly sinceMs: number; readonly ageSeconds: number } | null;
}

/** Three built sidecars, a real Prometheus and a real Redis behind proxies, and KEDA's client. */
export class Cluster {
  readonly places: readonly Place[];
  readonly answers: Answer[] = [];
  readonly crashes: string[] = [];
  readonly probes: { readonly atSeconds: number; readonly isAnswered: boolean }[] = [];
  timeline = new Timeline();
  readonly #startMs = performance.now();
  readonly #end = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #keda: RealKeda;
  readonly #direct: readonly RealKeda[];

  private constructor(
    readonly options: Options,
    readonly prometheus: Prometheus,
    readonly redis: Redis,
    readonly promProxy: FaultyProxy,
    readonly redisProxy: FaultyProxy,
    addresses: readonly { readonly http: string; readonly grpc: string }[],
  ) {
    this.places = addresses.map((one) => ({
      ...one,
      program: this.#spawn(one),
      isWanted: true,
      holding: null,
    }));
    this.#keda = new RealKeda(addresses.map(({ grpc }) => grpc));
    this.#direct = addresses.map(({ grpc }) => new RealKeda([grpc]));
  }

  static async start(): Promise<Cluster> {
    const newest = Math.floor(Date.now() / 1000 / STEP_SECONDS) * STEP_SECONDS;
    const samples = Array.from({ length: PAST_STEPS + FUTURE_STEPS }, (_, i) => {
      const seconds = newest + (i - PAST_STEPS) * STEP_SECONDS;
      return [seconds, demandAt(seconds)] as const;
    });
    const [prometheus, redis] = await Promise.all([
      Prometheus.start({ backfill: [{ metric: 'http_rps', samples }] }),
      Redis.start(),
    ]);
    const promProxy = await FaultyProxy.start(Number(new URL(prometheus.url).port));
    const redisProxy = await FaultyProxy.start(redis.port);
    const { options } = await parseOptions([...FLAGS, '--prom-url=http://127.0.0.1:9'], {});
    const addresses = await Promise.all(
      Array.from({ length: SIDECARS }, async () => ({
        http: `127.0.0.1:${await freePort()}`,
        grpc: `127.0.0.1:${await freePort()}`,
      })),
    );
    const proxies = [promProxy, redisProxy] as const;
    const cluster = new Cluster(options, prometheus, redis, ...proxies, addresses);
    for (const place of cluster.places) await cluster.ready(place);
    cluster.#running.push(cluster.#callAsKeda(), cluster.#look());
    return cluster;
  }

  get sinceSeconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  at(index: number): Place {
    return this.places[index % SIDECARS] as Place;
  }

  startAgain(place: Place, circumstances: Circumstances = {}): void {
    place.program = this.#spawn(place, circumstances);
    place.isWanted = true;
  }

  async ended(place: Place, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    place.isWanted = false;
    place.program.signal(signal);
    await place.program.exited;
  }

  /** Asks without pause, each failed call once more, until it is told to end. */
  probeDensely(): () => Promise<void> {
    const stop = new AbortController();
    const probing = this.#every(50, stop.signal, async () => {
      const atSeconds = this.sinceSeconds;
      let { outcome } = await this.#keda.call('GetMetrics', LEAD_SECONDS);
      if (outcome.kind !== 'replicas') {
        ({ outcome } = await this.#keda.call('GetMetrics', LEAD_SECONDS));
      }
      this.probes.push({ atSeconds, isAnswered: outcome.kind === 'replicas' });
    });
    return async () => {
      stop.abort();
      await probing;
    };
  }

  /** Forgets what was asked so far: the next fault has a record of its own. */
  clear(): void {
    for (const list of [this.answers, this.crashes, this.probes]) list.length = 0;
    this.timeline = new Timeline();
  }

  async stop(): Promise<void> {
    for (const place of this.places) place.isWanted = false;
    this.#end.abort();
    await Promise.all(this.#running);
    this.promProxy.stop();
    this.redisProxy.stop();
    for (const client of [this.#keda, ...this.#direct]) client.close();
    await Promise.all(this.places.map(({ program }) => program.kill()));
    await Promise.all([this.prometheus.stop(), this.redis.stop()]);
  }

  #spawn({ http, grpc }: Pick<Place, 'http' | 'grpc'>, more: Circumstances = {}): Program {
    const url = more.promUrl ?? `http://127.0.0.1:${this.promProxy.port}`;
    const command = [
      ...[process.execPath, BUNDLE, ...FLAGS, `--prom-url=${url}`],
      ...[`--listen=${http}`, `--grpc-listen=${grpc}`],
      `--redis-addr=127.0.0.1:${this.redisProxy.port}`,
    ];
    const shell = `exec "$@"${more.isDiskFull ? ' >/dev/full' : ''}`;
    const program = new Program('sh', ['-c', shell, 'sh', ...command]);
    void program.exited.then(({ code, signal }) => {
      const place = this.places.find((one) => one.program === program);
      if (!place?.isWanted) return;
      this.crashes.push(`${grpc} ended with ${code ?? signal}:\n${program.output.slice(-2_000)}`);
    });
    return program;
  }

  /** Waits for its first forecast. */
  async ready({ http, program }: Place): Promise<void> {
    await until('a forecast', async () => {
      if (program.exit) throw new Error(`a sidecar ended:\n${program.output}`);
      return (await tryFetch(`http://${http}/forecast/current`))?.ok;
    });
  }

  async #every(periodMs: number, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await task();
      await delay(periodMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #callAsKeda(): Promise<void> {
    let turn = 0;
    await this.#every(CALL_EVERY_MS, this.#end.signal, async () => {
      const method = METHODS[turn++ % METHODS.length] as Method;
      const first = await this.#timed(this.#keda, method);
      if (first === 'error' || first === 'unreachable') await this.#timed(this.#keda, method);
    });
  }

  /** A call of KEDA's, whoever's turn it is, with what is known of who answered. */
  async #timed(keda: RealKeda, method: Method): Promise<string> {
    const before = await Promise.all(this.places.map((place) => this.#seen(place)));
    const asked = await this.#ask(keda, method);
    const { outcome, by } = asked;
    this.timeline.change(asked.atSeconds, 'keda', method, `${textOf(outcome)} from ${by}`);
    const index = this.places.findIndex(({ grpc }) => grpc === by);
    const place = this.places[index];
    if (place) await this.#note(place, before[index] ?? null, [asked], 'keda');
    else if (outcome.kind === 'error') this.crashes.push(`${method}: ${textOf(outcome)}`);
    return outcome.kind;
  }

  /** Each process by itself: its forecast, all answers, and its forecast again. */
  async #look(): Promise<void> {
    const look = async (place: Place, direct: RealKeda): Promise<void> => {
      await this.#every(LOOK_EVERY_MS, this.#end.signal, async () => {
        const before = await this.#seen(place);
        const asked = await Promise.all(METHODS.map((method) => this.#ask(direct, method)));
        for (const { atSeconds, method, outcome } of asked) {
          this.timeline.change(atSeconds, place.grpc, method, textOf(outcome));
        }
        await this.#note(place, before, asked, 'bench');
      });
    };
    await Promise.all(this.places.map((one, i) => look(one, this.#direct[i] as RealKeda)));
  }

  async #ask(keda: RealKeda, method: Method): Promise<Asked> {
    const atSeconds = this.sinceSeconds;
    const { outcome, by } = await keda.call(method, LEAD_SECONDS);
    const tookSeconds = this.sinceSeconds - atSeconds;
    return { atSeconds, tookSeconds, clockSeconds: Date.now() / 1000, method, outcome, by };
  }

  /** Whose forecast changed meanwhile cannot be told: the next look will see that one. */
  async #note(
    place: Place,
    before: Seen | null,
    asked: readonly Asked[],
    from: Answer['from'],
  ): Promise<void> {
    const after = await this.#seen(place);
    const isKnown = before && before.key === after?.key;
    for (const answer of asked) {
      if (answer.outcome.kind === 'unreachable') continue;
      const isOfConfiguration = answer.method === 'GetMetricSpec';
      if (!isKnown && !isOfConfiguration) continue;
      const { basis = null, saysStale = null } = before ?? {};
      const said = { by: place.grpc, from, leadSeconds: LEAD_SECONDS };
      this.answers.push({ ...answer, ...said, basis, saysStale });
    }
  }

  /** What HTTP shows of a process; null when it does not answer. */
  async #seen(place: Place): Promise<Seen | null> {
    const signal = AbortSignal.timeout(SEEN_WITHIN_MS);
    const response = await tryFetch(`http://${place.http}/forecast/current`, { signal });
    const snapshot = await response?.json().catch(() => null);
    if (!response || !snapshot) return null;
    if (!response.ok) return { key: String(response.status), basis: null, saysStale: null };
    const saysStale = response.headers.get('x-kedastral-stale') === 'true';
    const { id, optionsId, stepSeconds, desiredReplicas: plan } = snapshot;
    const key = `${place.program.pid} ${id} ${snapshot.generatedAt}`;
    const generatedAtSeconds = Date.parse(snapshot.generatedAt) / 1000;
    if (place.holding?.key !== key) {
      const ageSeconds = Date.now() / 1000 - generatedAtSeconds;
      place.holding = { key, sinceMs: performance.now(), ageSeconds };
    }
    const heldSeconds = (performance.now() - place.holding.sinceMs) / 1000;
    const cutoffSeconds = Date.parse(snapshot.cutoff) / 1000;
    const agesThenSeconds = [place.holding.ageSeconds];
    const grid = { generatedAtSeconds, cutoffSeconds, stepSeconds };
    const basis = { id, optionsId, ...grid, plan, heldSeconds, agesThenSeconds };
    return { key: `${key} ${saysStale}`, basis, saysStale };
  }
}
