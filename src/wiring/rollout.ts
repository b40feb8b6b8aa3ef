import { fieldsOf, type ManifestObject, valueAt } from './objects.ts';

const TEMPLATE = ['spec', 'template'];

/** The workload whose pods a Rollout of Argo makes, where it names one in place of a template. */
function referenced(
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

/** The Rollout that names a workload: Argo keeps that at zero pods, and the Rollout is scaled. */
export function rolloutOf(
  workload: ManifestObject,
  objects: readonly ManifestObject[],
): ManifestObject | undefined {
  return objects.find((object) => referenced(object, objects) === workload);
}

/** The objects as if every Rollout had its template itself. */
export function withTemplates(objects: readonly ManifestObject[]): readonly ManifestObject[] {
  return objects.map((object) => {
    const workload = referenced(object, objects);
    if (workload === undefined || valueAt(object.value, TEMPLATE) !== undefined) return object;
    const { template, selector } = fieldsOf(workload.value.spec);
    const spec = { selector, ...fieldsOf(object.value.spec), template };
    return { ...object, value: { ...object.value, spec } };
  });
}
