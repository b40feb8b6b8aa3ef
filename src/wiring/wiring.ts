import { PREFIX } from '../injector/names.ts';
import { isTls, triggerAuthentication } from './authentication.ts';
import type { CommentedObject } from './document.ts';
import {
  BUDGET_CAUTION,
  disruptionBudget,
  networkPolicy,
  OPEN_CAUTION,
  serviceMonitor,
} from './guards.ts';
import { labelOf, scaledObjectName, serviceName } from './names.ts';
import { type Fields, fieldsOf, listOf, type ManifestObject } from './objects.ts';
import { safetyOf } from './safety.ts';
import { scaledObject } from './scaled-object.ts';
import { headlessService, takenPorts } from './service.ts';
import type { Sidecar } from './sidecar.ts';
import { isScalerOf, selects, type Target } from './target.ts';
import type { Wired, WiringWishes } from './wired.ts';

export interface Wiring {
  readonly objects: readonly CommentedObject[];
  /** What the user should know beside what is printed. */
  readonly notes: readonly string[];
  /** What is the same of every workload, and to be said once. */
  readonly cautions: readonly string[];
  /** Why the workload cannot be wired; then there are no objects. */
  readonly faults: readonly string[];
}

const MONITOR_NOTE =
  'the sidecar answers with TLS: give the ServiceMonitor scheme: https and a tlsConfig';
const SHADOW_NOTE =
  'its mode is shadow, in which KEDA gets no answer: printed is what shows its forecasts, and no ' +
  'ScaledObject; one that asks it is to be deleted';

/**
 * All that a workload needs beside its pods.
 *
 * @param others the other objects of the manifest, which are not made twice
 */
export function wiringOf(
  target: Target,
  sidecar: Sidecar,
  wishes: WiringWishes,
  others: readonly ManifestObject[],
): Wiring {
  const { name } = target.object;
  const wired: Wired = {
    ...{ target, sidecar, wishes },
    namespace: target.object.namespace ?? wishes.namespace,
    service: serviceName(name),
    scaledObject: scaledObjectName(name),
    labels: {
      'app.kubernetes.io/name': labelOf(name),
      'app.kubernetes.io/component': 'kedastral',
    },
  };
  const safety = safetyOf(wired);
  const faults = [...zeroFaults(wired), ...(safety.fault === null ? [] : [safety.fault])];
  if (faults.length > 0) return { objects: [], notes: [], cautions: [], faults };
  const isDirect = wishes.relay === null;
  const isShadow = isDirect && sidecar.options.mode === 'shadow';
  const near = others.filter((other) => (other.namespace ?? wishes.namespace) === wired.namespace);
  const guards = near.filter((other) => isGuardOf(other, wired));
  const isGuarded = guards.some(({ kind }) => kind === 'NetworkPolicy');
  const hasBudget = guards.some(({ kind }) => kind === 'PodDisruptionBudget');
  const policy =
    isDirect && !isShadow && wishes.networkPolicy !== 'none'
      ? networkPolicy(wired, isGuarded)
      : null;
  const isBudgeted = wishes.hasDisruptionBudget && !hasBudget && !isShadow;
  const budget = isBudgeted ? disruptionBudget(wired) : null;
  const isOpen = policy !== null && !isGuarded && wishes.networkPolicy === 'open';
  const objects = [
    isDirect ? headlessService(wired) : null,
    ...(isShadow
      ? []
      : [...safety.objects, triggerAuthentication(wired), scaledObject(wired, safety)]),
    budget,
    policy,
    isDirect && wishes.hasServiceMonitor ? serviceMonitor(wired) : null,
  ].filter((object) => object !== null);
  return {
    objects,
    notes: [
      ...sidecar.warnings,
      ...(isShadow ? [SHADOW_NOTE] : safety.notes),
      ...(isTls(wired) && wishes.hasServiceMonitor ? [MONITOR_NOTE] : []),
      ...scalerNotes(wired, near),
      ...(isDirect ? portNotes(wired, near) : []),
      ...objects.flatMap(({ value }) => presentNotes(value, near)),
    ],
    cautions: [...(budget ? [BUDGET_CAUTION] : []), ...(isOpen ? [OPEN_CAUTION] : [])],
    faults: [],
  };
}

function zeroFaults({ sidecar, wishes }: Wired): string[] {
  if (sidecar.options.minReplicas > 0 || wishes.relay !== null) return [];
  return [
    'min is 0, and a workload at zero pods has no sidecar to wake it: set kedastral.io/min to 1, ' +
      'or run a relay, kedastral sidecar --role scaler, and name it with --relay host:port',
  ];
}

/** Whether an object of the manifest guards the pods already; one printed before does not count. */
function isGuardOf(other: ManifestObject, { target, service }: Wired): boolean {
  if (other.name === service) return false;
  const { selector, podSelector, policyTypes = ['Ingress'] } = fieldsOf(other.value.spec);
  const labels = target.pod.metadata?.labels ?? {};
  if (other.kind === 'PodDisruptionBudget') return selects(selector, labels);
  const isOfIngress = listOf(policyTypes).includes('Ingress');
  return other.kind === 'NetworkPolicy' && isOfIngress && selects(podSelector, labels);
}

/** Another scaler of the same workload would fight with the one that is made. */
function scalerNotes({ target, scaledObject }: Wired, near: readonly ManifestObject[]): string[] {
  const isOwn = ({ kind, name }: ManifestObject) =>
    kind === 'ScaledObject' && name === scaledObject;
  return near
    .filter((other) => isScalerOf(target.object, other) && !isOwn(other))
    .map(({ kind, name }) => `${kind} ${name} scales it, too: two scalers fight`);
}

/** The webhook does not know what no container declares. */
function portNotes({ target, sidecar }: Wired, near: readonly ManifestObject[]): string[] {
  return takenPorts(target, sidecar.options, near).map(
    ({ service, port, option }) =>
      `Service ${service.name} leads to port ${port}, which is the sidecar's: ` +
      `if the application has it, set ${PREFIX}${option}`,
  );
}

function presentNotes({ kind, metadata }: Fields, near: readonly ManifestObject[]): string[] {
  const { name } = fieldsOf(metadata);
  const isThere = near.some((other) => other.kind === kind && other.name === name);
  return isThere ? [`${kind} ${name} is in the manifest already: keep one of the two`] : [];
}
