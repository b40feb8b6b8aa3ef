import type { FullRules, ScalingPolicy } from './hpa-spec.ts';
import { toInt32 } from './int32.ts';

const NS_PER_SECOND = 1e9;

interface ScaleEvent {
  readonly change: number;
  readonly timeNs: number;
}

/**
 * What the controller has added or removed itself, in one direction.
 *
 * As in the controller, an event older than the longest period of its own direction's policies is
 * overwritten by the next one, one for one; until then it counts for the other direction's longer
 * periods.
 */
class ScaleEvents {
  readonly #events: ScaleEvent[] = [];
  readonly #longestSeconds: number;

  constructor(policies: readonly ScalingPolicy[]) {
    this.#longestSeconds = Math.max(...policies.map(({ periodSeconds }) => periodSeconds));
  }

  store(change: number, nowNs: number): void {
    const cutoffNs = nowNs - this.#longestSeconds * NS_PER_SECOND;
    const old = this.#events.findLastIndex(({ timeNs }) => timeNs < cutoffNs);
    this.#events[old < 0 ? this.#events.length : old] = { change, timeNs: nowNs };
  }

  changeWithin(periodSeconds: number, nowNs: number): number {
    const cutoffNs = nowNs - periodSeconds * NS_PER_SECOND;
    let sum = 0;
    for (const { change, timeNs } of this.#events) if (timeNs > cutoffNs) sum += change;
    return sum;
  }
}

/** The policies of a behaviour: how far the replicas may go at one sync. */
export class RateLimits {
  readonly #added: ScaleEvents;
  readonly #removed: ScaleEvents;

  constructor(
    private readonly up: FullRules,
    private readonly down: FullRules,
  ) {
    this.#added = new ScaleEvents(up.policies);
    this.#removed = new ScaleEvents(down.policies);
  }

  /** Notes a change made by this controller; writes by others are not seen. */
  store(before: number, after: number, nowNs: number): void {
    if (after > before) this.#added.store(after - before, nowNs);
    else this.#removed.store(before - after, nowNs);
  }

  /** Most replicas that scaling up may reach; at least `current`. */
  upLimit(current: number, nowNs: number): number {
    if (this.up.select === 'Disabled') return current;
    const limits = this.up.policies.map((policy) => {
      const start = this.#periodStart(current, policy, nowNs);
      if (policy.type === 'Pods') return (start + policy.value) | 0;
      return toInt32(Math.ceil(start * (1 + policy.value / 100)));
    });
    const limit = this.up.select === 'Min' ? Math.min(...limits) : Math.max(...limits);
    return Math.max(limit, current);
  }

  /** Fewest replicas that scaling down may reach; at most `current`. */
  downLimit(current: number, nowNs: number): number {
    if (this.down.select === 'Disabled') return current;
    const limits = this.down.policies.map((policy) => {
      const start = this.#periodStart(current, policy, nowNs);
      if (policy.type === 'Pods') return (start - policy.value) | 0;
      return toInt32(start * (1 - policy.value / 100));
    });
    const limit = this.down.select === 'Min' ? Math.max(...limits) : Math.min(...limits);
    return Math.min(limit, current);
  }

  /** Replicas when the policy's period began. */
  #periodStart(current: number, { periodSeconds }: ScalingPolicy, nowNs: number): number {
    const added = this.#added.changeWithin(periodSeconds, nowNs);
    const removed = this.#removed.changeWithin(periodSeconds, nowNs);
    return (current - added + removed) | 0;
  }
}
