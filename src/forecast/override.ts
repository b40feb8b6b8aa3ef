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

export const OVERRIDE_KINDS = ['replicas', 'atLeast'] as const;
export type OverrideKind = (typeof OVERRIDE_KINDS)[number];

/** What is not one is null: it may come from a store that others write to. */
export function readOverride(text: string): Override | null {
  let value: Partial<Override> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { kind, replicas, until, at, by } = value ?? {};
  if (kind === undefined || !OVERRIDE_KINDS.includes(kind)) return null;
  if (!Number.isSafeInteger(replicas) || (replicas as number) < 0) return null;
  if (typeof by !== 'string' || !isTime(until) || !isTime(at)) return null;
  return { kind, replicas: replicas as number, until: until as string, at: at as string, by };
}

function isTime(text: unknown): boolean {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString() === text;
}
