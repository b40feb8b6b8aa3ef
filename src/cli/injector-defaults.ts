import type { Wishes } from '../injector/annotations.ts';
import type { InjectionField } from '../injector/options.ts';
import { readDefaults, readSettings } from '../injector/settings.ts';
import {
  type Fields,
  fieldsOf,
  listOf,
  type ManifestObject,
  textOf,
  valueAt,
} from '../wiring/objects.ts';
import type { Complain } from './terminal.ts';

const INJECTOR = 'kedastral-injector';
const DEFAULTS_KEY = 'defaults.yaml';
const CONTAINER = 'injector';

/**
 * Defaults of the one injector whose ConfigMap is among the manifests; null when there is none.
 * Where its Deployment is there, too, sidecars have its image, or what its arguments say. Faults in
 * the ConfigMap are said, and it is left out.
 */
export async function injectorDefaults(
  objects: readonly ManifestObject[],
  complain: Complain,
): Promise<Wishes | null> {
  const found = objects.filter(
    ({ kind, name, labels, value }) =>
      kind === 'ConfigMap' &&
      (name === INJECTOR || labels['app.kubernetes.io/name'] === INJECTOR) &&
      textOf(fieldsOf(value.data)[DEFAULTS_KEY]) !== undefined,
  );
  const [map, ...others] = found;
  if (map === undefined || others.length > 0) return null;
  const text = String(fieldsOf(map.value.data)[DEFAULTS_KEY]);
  const { wishes, faults } = await readDefaults(`ConfigMap ${map.name}`, async () => text);
  if (faults.length > 0) {
    const words = faults.map(({ option, rule }) => `${option}: ${rule}`).join(', ');
    complain(`${map.file}: ConfigMap ${map.name}: left out: ${words}`);
    return null;
  }
  const { image, own } = await ofContainer(injectorIn(objects, map.namespace));
  return { sidecar: wishes.sidecar, injection: new Map([...image, ...wishes.injection, ...own]) };
}

type Texts = ReadonlyMap<InjectionField, string>;

/** The image that the injector runs, and what it is told in arguments or variables. */
async function ofContainer(container: Fields | undefined): Promise<{ image: Texts; own: Texts }> {
  if (container === undefined) return { image: new Map(), own: new Map() };
  const argv = listOf(container.args).map(String);
  const env = listOf(container.env)
    .map(fieldsOf)
    .filter(({ value }) => typeof value === 'string')
    .map(({ name, value }) => [String(name), value as string] as const);
  const { defaults } = await readSettings(argv, Object.fromEntries(env), async () => '');
  const image = textOf(container.image);
  return { image: new Map(image === undefined ? [] : [['image', image]]), own: defaults.injection };
}

/** Of its Deployment, as Helm and kustomize name it. */
function injectorIn(
  objects: readonly ManifestObject[],
  namespace: string | null,
): Fields | undefined {
  const deployments = objects.filter(
    (object) =>
      object.kind === 'Deployment' &&
      object.namespace === namespace &&
      object.labels['app.kubernetes.io/name'] === INJECTOR,
  );
  return deployments
    .flatMap(({ value }) => listOf(valueAt(value, ['spec', 'template', 'spec', 'containers'])))
    .map(fieldsOf)
    .find(({ name }) => name === CONTAINER);
}
