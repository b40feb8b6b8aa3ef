import type { Options } from '../config/options.ts';
import { PROCESS_FIELDS } from '../config/process-fields.ts';
import { Workloads, type WorkloadView } from './workloads.ts';

/** A workload that lives: what is seen of it, and its life. */
export interface Member<V extends WorkloadView = WorkloadView> {
  readonly view: V;
  /** Until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

interface Living<V extends WorkloadView> {
  readonly member: Member<V>;
  /** Its options as text: equal ones are the same workload still. */
  readonly options: string;
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

/** What a new list of workloads came to; identities. */
export interface FleetChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The workloads of a process, which may come, change and go: those whose options stay, live on as
 * they are. One that changed answers from what it has until its successor has a forecast.
 */
export class Fleet<V extends WorkloadView = WorkloadView> {
  readonly workloads = new Workloads([]);
  #living: ReadonlyMap<string, Living<V>> = new Map();
  readonly #leaving = new Set<Promise<void>>();

  constructor(private readonly create: (options: Options) => Member<V>) {}

  get members(): readonly V[] {
    return [...this.#living.values()].map(({ member }) => member.view);
  }

  /** Makes the fleet one of exactly these workloads. */
  apply(list: readonly Options[]): FleetChange {
    const change = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
    const created = new Map<string, Member<V>>();
    for (const options of list) {
      const before = this.#living.get(options.identity);
      if (before?.options === textOf(options)) continue;
      change[before ? 'changed' : 'added'].push(options.identity);
      created.set(options.identity, this.create(options));
    }
    const living = new Map<string, Living<V>>();
    const views: WorkloadView[] = [];
    for (const options of list) {
      const { identity } = options;
      const before = this.#living.get(identity);
      const member = created.get(identity);
      const now = member ? this.#start(member, options) : (before as Living<V>);
      living.set(identity, now);
      const { view } = now.member;
      views.push(member && before ? new Successor(view, before.member.view) : view);
    }
    for (const [identity, { stop, running }] of this.#living) {
      if (living.get(identity)?.stop === stop) continue;
      if (!living.has(identity)) change.removed.push(identity);
      stop.abort();
      this.#leave(running);
    }
    this.#living = living;
    this.workloads.replace(views);
    return change;
  }

  /** Ends every life. */
  async stop(): Promise<void> {
    for (const { stop } of this.#living.values()) stop.abort();
    const living = [...this.#living.values()].map(({ running }) => running);
    await Promise.all([...living, ...this.#leaving]);
  }

  #start(member: Member<V>, options: Options): Living<V> {
    const stop = new AbortController();
    return { member, options: textOf(options), stop, running: member.run(stop.signal) };
  }

  #leave(running: Promise<void>): void {
    this.#leaving.add(running);
    void running.finally(() => this.#leaving.delete(running));
  }
}

/** A changed workload: its predecessor's last forecast stands in until it has one of its own. */
class Successor implements WorkloadView {
  readonly identity: string;
  #before: WorkloadView | null;

  constructor(
    private readonly now: WorkloadView,
    before: WorkloadView,
  ) {
    this.identity = now.identity;
    this.#before = before;
  }

  get serving() {
    return this.#view.serving;
  }

  get active() {
    return this.#view.active;
  }

  get newest() {
    return this.now.newest ?? null;
  }

  get isRemote() {
    return this.now.isRemote ?? false;
  }

  get pendingReason() {
    return this.#view.pendingReason;
  }

  get accuracy() {
    return this.now.accuracy;
  }

  get #view(): WorkloadView {
    if (this.#before && this.now.active) this.#before = null;
    return this.#before ?? this.now;
  }
}

function textOf(options: Options): string {
  return JSON.stringify(options, (field, value) =>
    (PROCESS_FIELDS as readonly string[]).includes(field) ? undefined : value,
  );
}
