export interface TimelineEntry {
  /** Since the scenario began. */
  readonly atSeconds: number;
  /** Who it is about: a process, `keda`, `fault`. */
  readonly who: string;
  readonly what: string;
}

const SHOWN_BEFORE = 25;
const SHOWN_AFTER = 10;

/** What happened in a scenario, in the order of time, for people. */
export class Timeline {
  readonly entries: TimelineEntry[] = [];
  readonly #states = new Map<string, string>();

  add(atSeconds: number, who: string, what: string): void {
    this.entries.push({ atSeconds, who, what });
  }

  /** Adds it only when it differs from what the same topic said last, ages and times aside. */
  change(atSeconds: number, who: string, topic: string, what: string): void {
    const key = `${who} ${topic}`;
    const gist = what.replace(/\d+ s\b/g, '… s');
    if (this.#states.get(key) === gist) return;
    this.#states.set(key, gist);
    this.add(atSeconds, who, `${topic}: ${what}`);
  }

  /** All of it, or what lies around one instant. */
  toText(aroundSeconds?: number): string {
    const entries = aroundSeconds === undefined ? this.entries : this.#around(aroundSeconds);
    return entries
      .map(({ atSeconds, who, what }) => {
        const time = `${atSeconds.toFixed(1).padStart(8)} s`;
        return `${time}  ${who.padEnd(10)} ${what}`;
      })
      .join('\n');
  }

  #around(seconds: number): readonly TimelineEntry[] {
    const found = this.entries.findIndex(({ atSeconds }) => atSeconds > seconds);
    const at = found < 0 ? this.entries.length : found;
    return this.entries.slice(Math.max(0, at - SHOWN_BEFORE), at + SHOWN_AFTER);
  }
}
