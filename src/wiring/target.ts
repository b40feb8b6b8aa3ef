import { isObject, type Pod, podFault } from '../injector/pod.ts';
import { isWorkload } from '../injector/workloads.ts';
import { fieldsOf, listOf, type ManifestObject, numberOf, textsOf } from './objects.ts';

/** A workload that can be scaled, with its pods. */
export interface Target {
  readonly object: ManifestObject;
  readonly pod: Pod;
  /** As the workload's spec has it, or made of the labels of its pods. */
  readonly selector: Selector;
  /** spec.replicas, when the manifest says it. */
  readonly replicas: number | undefined;
}

/** A label selector of Kubernetes. */
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly unknown[];
}

const SCALABLE = [
  '/ReplicationController',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'argoproj.io/Rollout',
];

export function isScalable({ group, kind }: ManifestObject): boolean {
  return SCALABLE.includes(`${group}/${kind}`);
}

/** Whether it makes pods, but not as many as asked for. */
export function isUnscalable(object: ManifestObject): boolean {
  return isWorkload(object.group, object.kind) && !isScalable(object);
}

const SCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'];

/** The workload that a ScaledObject or an HPA is for. */
export interface Aim {
  readonly kind: unknown;
  readonly name: unknown;
}

export function aimOf({ value }: ManifestObject): Aim {
  const { kind = 'Deployment', name } = fieldsOf(fieldsOf(value.spec).scaleTargetRef);
  return { kind, name };
}

/** Whether an object scales that workload, if they are of one namespace. */
export function isScalerOf({ kind, name }: Aim, object: ManifestObject): boolean {
  const aim = aimOf(object);
  return SCALERS.includes(object.kind) && aim.kind === kind && aim.name === name;
}

/** The workload, or in words what of it is not as Kubernetes has it. */
export function targetOf(object: ManifestObject): Target | string {
  const spec = fieldsOf(object.value.spec);
  const fault = podFault(spec.template);
  if (fault !== null) return `its pod template is wrong: ${fault}`;
  const pod = spec.template as Pod;
  const selector = selectorOf(spec.selector, object) ?? ofLabels(pod.metadata?.labels);
  if (object.name === '') return 'it has no name';
  if (selector === null) return 'its pods have no labels to be found by';
  return { object, pod, selector, replicas: numberOf(spec.replicas) };
}

type Named = Pick<ManifestObject, 'kind' | 'namespace' | 'name'>;

/** `[namespace/]name`, with the kind before it. */
export function placeOf({ kind, namespace, name }: Named): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

function selectorOf(value: unknown, { kind }: ManifestObject): Selector | null {
  if (!isObject(value)) return null;
  // Of a ReplicationController the selector is the labels themselves.
  if (kind === 'ReplicationController') return ofLabels(value);
  const labels = textsOf(value.matchLabels);
  const expressions = listOf(value.matchExpressions);
  if (Object.keys(labels).length + expressions.length === 0) return null;
  return {
    ...(Object.keys(labels).length === 0 ? {} : { matchLabels: labels }),
    ...(expressions.length === 0 ? {} : { matchExpressions: expressions }),
  };
}

function ofLabels(labels: unknown): Selector | null {
  const texts = textsOf(labels);
  return Object.keys(texts).length === 0 ? null : { matchLabels: texts };
}

/** Whether a selector takes pods of these labels; an empty one takes all. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const isEqual = Object.entries(textsOf(matchLabels)).every(([key, text]) => labels[key] === text);
  return isEqual && listOf(matchExpressions).every((each) => holds(fieldsOf(each), labels));
}

function holds(
  { key, operator, values }: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const label = labels[String(key)];
  const isListed = label !== undefined && listOf(values).includes(label);
  if (operator === 'In') return isListed;
  if (operator === 'NotIn') return !isListed;
  return operator === 'Exists' ? label !== undefined : label === undefined;
}
