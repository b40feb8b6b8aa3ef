const NS_PER_SECOND = 1e9;

/**
 * The raw recommendations of a stabilization window, oldest first, in a ring that grows as it must.
 * Times ascend.
 */
export class Recommendations {
  #timesNs = new Float64Array(64);
  #replicas = new Float64Array(64);
  #first = 0;
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add(timeNs: number, replicas: number): void {
    if (this.#count === this.#timesNs.length) this.#grow();
    const at = (this.#first + this.#count) & (this.#timesNs.length - 1);
    this.#timesNs[at] = timeNs;
    this.#replicas[at] = replicas;
    this.#count++;
  }

  /** Forgets what is older than `seconds` at `nowNs`. */
  forget(nowNs: number, seconds: number): void {
    const cutoffNs = nowNs - seconds * NS_PER_SECOND;
    const mask = this.#timesNs.length - 1;
    while (this.#count > 0 && (this.#timesNs[this.#first] as number) < cutoffNs) {
      this.#first = (this.#first + 1) & mask;
      this.#count--;
    }
  }

  /** The largest of `least` and all that are kept. */
  max(least: number): number {
    let most = least;
    const mask = this.#timesNs.length - 1;
    for (let i = 0; i < this.#count; i++) {
      const replicas = this.#replicas[(this.#first + i) & mask] as number;
      if (replicas > most) most = replicas;
    }
    return most;
  }

  /** The largest of `least` and those younger than `seconds`. */
  maxWithin(nowNs: number, seconds: number, least: number): number {
    const cutoffNs = nowNs - seconds * NS_PER_SECOND;
    const mask = this.#timesNs.length - 1;
    let most = least;
    for (let i = this.#count - 1; i >= 0; i--) {
      const at = (this.#first + i) & mask;
      if (!((this.#timesNs[at] as number) > cutoffNs)) break;
      most = Math.max(most, this.#replicas[at] as number);
    }
    return most;
  }

  /** The smallest of `most` and those younger than `seconds`. */
  minWithin(nowNs: number, seconds: number, most: number): number {
    const cutoffNs = nowNs - seconds * NS_PER_SECOND;
    const mask = this.#timesNs.length - 1;
    let least = most;
    for (let i = this.#count - 1; i >= 0; i--) {
      const at = (this.#first + i) & mask;
      if (!((this.#timesNs[at] as number) > cutoffNs)) break;
      least = Math.min(least, this.#replicas[at] as number);
    }
    return least;
  }

  #grow(): void {
    const length = this.#timesNs.length;
    const timesNs = new Float64Array(2 * length);
    const replicas = new Float64Array(2 * length);
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) & (length - 1);
      timesNs[i] = this.#timesNs[at] as number;
      replicas[i] = this.#replicas[at] as number;
    }
    this.#timesNs = timesNs;
    this.#replicas = replicas;
    this.#first = 0;
  }
}
