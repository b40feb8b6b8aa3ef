// Calendar means: what a metric usually is at this minute of the hour, time of the day or of the
// week.
//
// A profile cuts its season into slots and keeps one exponentially weighted mean a slot (the
// seasonal recursion of Holt-Winters, Winters 1960, on the values themselves). It is filled in the
// order of time, so at every origin of a walk-forward check it holds nothing later than that
// origin.

/** A calendar profile; the record lies in memory its owner provides, PROFILE_BYTES long. */
@unmanaged
export class Profile {
  seasonSeconds: f64;
  slotSeconds: f64;
  stepSeconds: f64;
  /** Weight of the newest observation of a slot once it holds 1 / memory of them, in (0, 1]. */
  memory: f64;
  /** Read by interpolation between the centres of neighbouring slots. */
  smooth: bool;
  slots: i32;
  /** f64[slots], NaN = nothing observed yet, and the observations of each slot. */
  means: usize;
  counts: usize;
  /** Steps to pass before the first observation is taken in. */
  wait: i32;
  /** Start of the present step, seconds into the season. */
  secondsIn: f64;
  /** Observed − usual at the newest observation, and its exponentially weighted mean. */
  deviation: f64;
  slowDeviation: f64;

  /** Empties the profile; `startSeconds` = the start of the first step, epoch seconds. */
  reset(
    seasonSeconds: f64,
    slotSeconds: f64,
    stepSeconds: f64,
    memory: f64,
    startSeconds: f64,
    wait: i32,
    buffer: usize,
  ): void {
    this.seasonSeconds = seasonSeconds;
    this.slotSeconds = slotSeconds;
    this.stepSeconds = stepSeconds;
    this.memory = memory;
    this.smooth = slotSeconds > stepSeconds;
    this.slots = <i32>ceil(seasonSeconds / slotSeconds);
    this.wait = wait;
    this.means = buffer;
    this.counts = buffer + (<usize>this.slots << 3);
    this.secondsIn = startSeconds - floor(startSeconds / seasonSeconds) * seasonSeconds;
    this.deviation = 0;
    this.slowDeviation = 0;
    for (let k: usize = 0, end = <usize>this.slots << 3; k < end; k += 8) {
      store<f64>(this.means + k, NaN);
      store<f64>(this.counts + k, 0);
    }
  }

  /** Goes on to the next step of the grid. */
  // @ts-ignore: decorator
  @inline
  next(): void {
    this.wait--;
    const seconds = this.secondsIn + this.stepSeconds;
    this.secondsIn = seconds >= this.seasonSeconds ? seconds - this.seasonSeconds : seconds;
  }

  /** Where the middle of the step `stepsAhead` lies, in slots from the start of the season. */
  // @ts-ignore: decorator
  @inline
  private position(stepsAhead: f64): f64 {
    let seconds = this.secondsIn + stepsAhead * this.stepSeconds;
    if (seconds >= this.seasonSeconds) {
      seconds -= floor(seconds / this.seasonSeconds) * this.seasonSeconds;
    }
    return (seconds + 0.5 * this.stepSeconds) / this.slotSeconds;
  }

  // @ts-ignore: decorator
  @inline
  private slotAt(position: f64): usize {
    return <usize>min(<i32>position, this.slots - 1) << 3;
  }

  // @ts-ignore: decorator
  @inline
  private usualAt(position: f64): f64 {
    if (!this.smooth) return load<f64>(this.means + this.slotAt(position));
    const below = floor(position - 0.5);
    const k = <i32>below;
    const left = load<f64>(this.means + (<usize>(k < 0 ? this.slots - 1 : k) << 3));
    const right = load<f64>(this.means + (<usize>(k + 1 >= this.slots ? 0 : k + 1) << 3));
    return left + (position - 0.5 - below) * (right - left);
  }

  /** What is usual `stepsAhead` after the present step, or NaN where nothing was observed. */
  // @ts-ignore: decorator
  @inline
  usual(stepsAhead: f64): f64 {
    return this.usualAt(this.position(stepsAhead));
  }

  /** Takes in the observation of the present step; `slowShare` = weight of its deviation. */
  // @ts-ignore: decorator
  @inline
  observe(value: f64, slowShare: f64): void {
    if (this.wait > 0) return;
    const position = this.position(0);
    const usual = this.usualAt(position);
    if (usual == usual) {
      this.deviation = value - usual;
      this.slowDeviation += slowShare * (this.deviation - this.slowDeviation);
    }
    const slot = this.slotAt(position);
    const mean = load<f64>(this.means + slot);
    const count = load<f64>(this.counts + slot) + 1;
    store<f64>(this.counts + slot, count);
    const share = max(this.memory, 1.0 / count);
    store<f64>(this.means + slot, mean == mean ? mean + share * (value - mean) : value);
  }
}

export const PROFILE_BYTES: i32 = <i32>offsetof<Profile>();
