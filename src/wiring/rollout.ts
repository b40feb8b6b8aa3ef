import { fieldsOf, type ManifestObject, valueAt } from './objects.ts';

const TEMPLATE = ['spec', 'template'];

/** The workload whose pods a Rollout of Argo makes, where it names one in place of a template. */
export function referenced(
  rollout: ManifestObject,
  objects: readonly ManifestObject[],
): ManifestObject | undefined {
  const { kind = 'Deployment', name } = fieldsOf(valueAt(rollout.value, ['spec', 'workloadRef']));
  if (rollout.group !== 'argoproj.io' || rollout.kind !== 'Rollout') return undefined;
  return objects.find(
    (object) =>
      object.kind === kind && object.name === name && object.namespace === rollout.namespace,
  );
}

/**
 * The objects as if every Rollout had its template itself. Argo keeps a workload that a Rollout
 * names at zero pods: only the Rollout is to be scaled, and the other one is left out.
 */
export function withTemplates(objects: readonly ManifestObject[]): readonly ManifestObject[] {
  const named = new Set(objects.flatMap((object) => referenced(object, objects) ?? []));
  return objects.flatMap((object) => {
    if (named.has(object)) return [];
    const workload = referenced(object, objects);
    if (workload === undefined || valueAt(object.value, TEMPLATE) !== undefined) return [object];
    const { template, selector } = fieldsOf(workload.value.spec);
    const spec = { selector, ...fieldsOf(object.value.spec), template };
    return [{ ...object, value: { ...object.value, spec } }];
  });
}
