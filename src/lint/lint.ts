import type { ManifestObject } from '../wiring/objects.ts';
import { withTemplates } from '../wiring/rollout.ts';
import { ADDRESS_RULES } from './address-rules.ts';
import { BEHAVIOR_RULES } from './behavior-rules.ts';
import type { Finding } from './finding.ts';
import { GUARD_RULES } from './guard-rules.ts';
import { REACTION_RULES } from './reaction-rules.ts';
import { REPLICA_RULES } from './replica-rules.ts';
import { type Around, scaledIn } from './scaled.ts';
import { SERVICE_RULES } from './service-rules.ts';
import { SIDECAR_RULES } from './sidecar-rules.ts';
import { TARGET_RULES } from './target-rules.ts';
import { TIME_RULES } from './time-rules.ts';
import { TRIGGER_RULES } from './trigger-rules.ts';

const RULES = [
  ...TRIGGER_RULES,
  ...TARGET_RULES,
  ...ADDRESS_RULES,
  ...SERVICE_RULES,
  ...SIDECAR_RULES,
  ...REPLICA_RULES,
  ...REACTION_RULES,
  ...GUARD_RULES,
  ...BEHAVIOR_RULES,
  ...TIME_RULES,
];

export interface Linted {
  /** ScaledObjects that ask Kedastral. */
  readonly count: number;
  /** In the order of the manifests, each once. */
  readonly findings: readonly Finding[];
}

/** Checks every ScaledObject that asks Kedastral, with all that belongs to it. */
export async function lint(given: readonly ManifestObject[], around: Around): Promise<Linted> {
  const all = withTemplates(given);
  const scaled = await scaledIn(all, around);
  const found = scaled.flatMap((each) => RULES.flatMap((rule) => rule(each)));
  const unique = new Map(found.map((each) => [keyOf(each, all), each]));
  const findings = [...unique.values()].sort(
    (a, b) => all.indexOf(a.object) - all.indexOf(b.object) || lineOf(a) - lineOf(b),
  );
  return { count: scaled.length, findings };
}

/** Two ScaledObjects may find the same of one Service. */
function keyOf({ code, object, path, fix }: Finding, all: readonly ManifestObject[]): string {
  return JSON.stringify([code, all.indexOf(object), path, fix]);
}

function lineOf({ object, path }: Finding): number {
  return object.lineOf(path);
}
