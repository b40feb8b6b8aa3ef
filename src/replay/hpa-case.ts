import type { CaseMetric } from './case.ts';
import { type HpaCase, readCase } from './case.ts';
import { Deployment } from './deployment.ts';
import { Hpa, type HpaWorld } from './hpa.ts';
import { toMilli } from './milli.ts';
import { RescaleEvents } from './rescale-events.ts';

const NS_PER_SECOND = 1e9;
const NS_PER_MS = 1e6;

/**
 * Replays a case of hpajudge and gives its lines, one JSON object for each sync, without line ends.
 *
 * @param caseText the case, JSON
 * @param readFile gives the text of a CSV by its path as written in the case
 * @throws KedastralError option_invalid naming field and value
 */
export function* hpaCaseLines(
  caseText: string,
  readFile: (path: string) => string,
): Generator<string> {
  const hpaCase = readCase(caseText, readFile);
  const world = new CaseWorld(hpaCase);
  const hpa = new Hpa(hpaCase.spec);
  const events = new RescaleEvents();
  const syncNs = nanoseconds(hpaCase.syncSeconds);
  const endNs = nanoseconds(hpaCase.durationSeconds + hpaCase.syncSeconds / 2) + NS_PER_MS;
  for (let atNs = syncNs; atNs <= endNs; atNs = world.nowNs + syncNs) {
    world.advance(atNs);
    const line = world.line();
    const replicas = hpa.sync(world);
    const { ableToScale, scalingActive, scalingLimited } = hpa.conditions;
    let rescaled: string | null = null;
    if (hpa.rescaleReason !== null) {
      world.deployment.setSpec(replicas, world.nowNs);
      const message = `New size: ${replicas}; reason: ${hpa.rescaleReason}`;
      rescaled = events.record(message, secondsOf(world.nowNs));
    }
    const told = rescaled === null ? '' : `,"rescaled":${goString(rescaled)}`;
    yield `{${line},"specAfter":${replicas},"ableToScale":"${ableToScale}",` +
      `"scalingActive":"${scalingActive}","scalingLimited":"${scalingLimited}"${told}}`;
  }
}

/** Everything around the controller. */
class CaseWorld implements HpaWorld {
  nowNs = 0;
  readonly deployment: Deployment;
  readonly #metrics: readonly CaseMetric[];
  readonly #outside: HpaCase['outside'];
  readonly #latencyNs: number;
  #outsideDone = 0;

  constructor({ spec, startReplicas, outside, ...times }: HpaCase) {
    const readyNs = nanoseconds(times.podReadySeconds);
    this.deployment = new Deployment(startReplicas, {
      createNs: nanoseconds(times.podCreateSeconds),
      readyNs: () => readyNs,
      nodes: null,
    });
    this.#metrics = spec.metrics;
    this.#outside = outside;
    this.#latencyNs = nanoseconds(times.latencySeconds);
  }

  get specReplicas(): number {
    return this.deployment.specReplicas;
  }

  get pods(): number {
    return this.deployment.pods;
  }

  get readyPods(): number {
    return this.deployment.readyPods;
  }

  readMilli(index: number): number {
    // The first metric of that name answers, as a query by name would.
    const { name } = this.#metrics[index] as CaseMetric;
    const value = this.#valueOf(this.#metrics.find((metric) => metric.name === name) as CaseMetric);
    this.advance(this.nowNs + this.#latencyNs);
    return value === null ? Number.NaN : toMilli(value);
  }

  advance(nowNs: number): void {
    for (; this.#outsideDone < this.#outside.length; this.#outsideDone++) {
      const write = this.#outside[this.#outsideDone] as HpaCase['outside'][number];
      const timeNs = Math.max(0, nanoseconds(write.timeSeconds));
      if (timeNs > nowNs) break;
      this.deployment.advance(timeNs);
      this.deployment.setSpec(write.replicas, timeNs);
    }
    this.deployment.advance(nowNs);
    this.nowNs = nowNs;
  }

  /** The fields of a sync's line that are known when it begins. */
  line(): string {
    const values = new Map(this.#metrics.map((metric) => [metric.name, this.#valueOf(metric)]));
    const shown = [...values].sort(byBytes).map(([name, value]) => {
      return `${goString(name)}:${JSON.stringify(value)}`;
    });
    const time = Math.round(secondsOf(this.nowNs) * 1000) / 1000;
    return (
      `"t":${time},"values":{${shown.join(',')}},"specBefore":${this.specReplicas},` +
      `"statusReplicas":${this.pods},"readyReplicas":${this.readyPods}`
    );
  }

  #valueOf({ points }: CaseMetric): number | null {
    const now = secondsOf(this.nowNs);
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle]?.timeSeconds as number) > now) high = middle;
      else low = middle + 1;
    }
    return points[low - 1]?.value ?? null;
  }
}

/** Go's time.Duration of seconds. */
function nanoseconds(seconds: number): number {
  return Math.trunc(seconds * NS_PER_SECOND);
}

/** Go's Duration.Seconds. */
function secondsOf(ns: number): number {
  const whole = Math.floor(ns / NS_PER_SECOND);
  return whole + (ns - whole * NS_PER_SECOND) / NS_PER_SECOND;
}

function byBytes([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A string as Go's encoding/json writes it. */
function goString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
