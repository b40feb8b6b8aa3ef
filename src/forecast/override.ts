/** What a person ordered for one workload until a time (`PUT /override`). */
export interface Override {
  /** `replicas`: exactly so many, whatever is forecast; `atLeast`: so many, or what is forecast. */
  readonly kind: OverrideKind;
  readonly replicas: number;
  /** RFC 3339: from then on it counts no more. */
  readonly until: string;
  /** RFC 3339: when it was given. */
  readonly at: string;
  /** First digits of the hash of the token it was given with. */
  readonly by: string;
}

/** That an order was taken away; kept, so that replicas tell one cleared from one lost. */
export interface Clearance extends Pick<Override, 'until' | 'at' | 'by'> {
  readonly kind: 'cleared';
}

/** What a person said last. */
export type Word = Override | Clearance;

export const OVERRIDE_KINDS = ['replicas', 'atLeast'] as const;
export type OverrideKind = (typeof OVERRIDE_KINDS)[number];

/** What is not one is null: it may come from a store that others write to. */
export function readWord(text: string): Word | null {
  let value: Partial<Override | Clearance> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { kind, replicas, until, at, by }: Partial<Record<keyof Override, unknown>> = value ?? {};
  if (typeof by !== 'string' || !isTime(until) || !isTime(at)) return null;
  if (kind === 'cleared') return { kind, until, at, by };
  const known = OVERRIDE_KINDS.find((one) => one === kind);
  if (!known || !Number.isSafeInteger(replicas) || (replicas as number) < 0) return null;
  return { kind: known, replicas: replicas as number, until, at, by };
}

/** Whether it counts and not the other: replicas that know both agree. */
export function isLater(word: Word, than: Word): boolean {
  const laterMs = Date.parse(word.at) - Date.parse(than.at);
  return laterMs > 0 || (laterMs === 0 && JSON.stringify(word) > JSON.stringify(than));
}

function isTime(text: unknown): text is string {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString() === text;
}
