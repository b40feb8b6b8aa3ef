import type { Clock } from '../clock.ts';
import { type ApiObject, type Kubernetes, KubernetesError, type Share } from './kubernetes.ts';
import { isObject } from './pod.ts';

/** A watch that has said nothing for so long may be of a connection that is gone. */
const WATCH_SECONDS = 30;
const LATE_SECONDS = 5;
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 30_000;

type Item = Readonly<Record<string, unknown>>;

/**
 * The objects of a kind as they are now: listed once, then followed by watches from the version
 * that is known (Kubernetes API Concepts, "Efficient detection of changes"). After a failure, and
 * when that version is too old (410 Gone), they are listed anew.
 */
export class WatchedList {
  /** By namespace, or by name what is in none; then by name. */
  #groups = new Map<string, Map<string, Item>>();
  /** Null when they have to be listed. */
  #version: string | null = null;
  #listing: Promise<void> | undefined;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly clock: Clock,
    private readonly path: string,
    private readonly share: Share,
  ) {}

  /** Whether they have been listed, and nothing has gone wrong since. */
  get isListed(): boolean {
    return this.#version !== null;
  }

  /** Those of a namespace, or the one of that name that is in none. */
  of(group: string): readonly Item[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  /** @throws KubernetesError when they cannot be listed; then they stay as they were known */
  list(): Promise<void> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #list(): Promise<void> {
    const { kubernetes, path } = this;
    const list = await (this.share === 'whole'
      ? kubernetes.get(path)
      : kubernetes.listMetadata(path));
    this.#groups = new Map();
    for (const item of Array.isArray(list.items) ? list.items : []) this.#put(item);
    this.#version = list.metadata?.resourceVersion ?? null;
  }

  /** Follows what changes until it is stopped. @param onFault told why it begins anew */
  async follow(signal: AbortSignal, onFault: (thrown: unknown) => void): Promise<void> {
    let pauseMs = PAUSE_MS_MIN;
    while (!signal.aborted) {
      try {
        if (this.#version === null) await this.list();
        await this.#watch(signal);
        pauseMs = PAUSE_MS_MIN;
      } catch (thrown) {
        if (signal.aborted) return;
        this.#version = null;
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        if (!(thrown instanceof KubernetesError && thrown.status === 410)) onFault(thrown);
      }
      await this.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const query = new URLSearchParams({
      ...{ watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: String(WATCH_SECONDS) },
      resourceVersion: this.#version ?? '',
    });
    const late = AbortSignal.timeout((WATCH_SECONDS + LATE_SECONDS) * 1000);
    const ended = AbortSignal.any([signal, late]);
    for await (const line of this.kubernetes.lines(`${this.path}?${query}`, this.share, ended)) {
      const { type, object } = JSON.parse(line) as { type: string; object: ApiObject };
      if (type === 'ERROR') throw new KubernetesError(Number(object.code), String(object.message));
      if (type === 'ADDED' || type === 'MODIFIED') this.#put(object);
      if (type === 'DELETED') this.#drop(object);
      this.#version = object.metadata?.resourceVersion ?? null;
    }
  }

  #put(item: unknown): void {
    const { group, name } = placeOf(item);
    if (group === undefined || name === undefined) return;
    const items = this.#groups.get(group) ?? new Map();
    this.#groups.set(group, items.set(name, item));
  }

  #drop(item: unknown): void {
    const { group = '', name = '' } = placeOf(item);
    const items = this.#groups.get(group);
    items?.delete(name);
    if (items?.size === 0) this.#groups.delete(group);
  }
}

function placeOf(item: unknown): { group?: string; name?: string } {
  const metadata = isObject(item) && isObject(item.metadata) ? item.metadata : {};
  const { namespace, name } = metadata;
  if (typeof name !== 'string') return {};
  return { group: typeof namespace === 'string' ? namespace : name, name };
}
