import type { Options } from '../config/options.ts';
import { sidecarIn } from '../injector/eligibility.ts';
import { PREFIX } from '../injector/names.ts';
import { serviceName } from '../wiring/names.ts';
import {
  type FieldPath,
  type Fields,
  fieldsOf,
  listOf,
  type ManifestObject,
  textOf,
  textsOf,
  valueAt,
} from '../wiring/objects.ts';
import { type Defaults, type Sidecar, sidecarOf } from '../wiring/sidecar.ts';
import { aimOf, isScalable, selects, type Target, targetOf } from '../wiring/target.ts';
import type { Code, Finding, Severity } from './finding.ts';

/** What is known beside the manifests. */
export interface Around {
  readonly defaults: Defaults;
  /** Measured time from a new pod to one that serves. */
  readonly podStartSeconds: number | null;
  readonly knowsTolerance: boolean;
}

/** Whether a trigger asks the workload's own sidecars, or processes that run apart from it. */
export type Way = 'direct' | 'relay' | 'unknown';

/** A trigger of a ScaledObject that asks Kedastral. */
export interface ForecastTrigger {
  readonly path: FieldPath;
  readonly value: Fields;
  readonly metadata: Readonly<Record<string, string>>;
  readonly host: string;
  readonly port: number | null;
  readonly way: Way;
  readonly service: ManifestObject | null;
}

/** A ScaledObject that has the forecast among its triggers, with what belongs to it. */
export interface Scaled {
  readonly object: ManifestObject;
  readonly namespace: string;
  readonly spec: Fields;
  readonly triggers: readonly ForecastTrigger[];
  /** Null when it is not among the manifests, or not as Kubernetes has it. */
  readonly target: Target | null;
  /** Null when it is not known. */
  readonly sidecar: Sidecar | null;
  /** Why its pods get none, in words. */
  readonly sidecarFaults: readonly string[];
  /** The mode that the sidecar is given, whatever version it is of. */
  readonly mode: string | null;
  readonly all: readonly ManifestObject[];
  /** Those of its namespace. */
  readonly near: readonly ManifestObject[];
  readonly around: Around;
}

export type Rule = (scaled: Scaled) => readonly Finding[];

/** A finding about a ScaledObject's own field. */
export function finding(
  { object }: Pick<Scaled, 'object'>,
  code: Code,
  severity: Severity,
  path: FieldPath,
  fix: string,
): Finding {
  return { code, severity, object, path, value: valueAt(object.value, path) ?? null, fix };
}

/** Options of the sidecar, or undefined when they are not known. */
export function optionsOf({ sidecar }: Scaled): Options | undefined {
  return sidecar?.options;
}

export function wayOf({ triggers }: Scaled): Way {
  return triggers.find(({ way }) => way === 'direct')?.way ?? triggers[0]?.way ?? 'unknown';
}

/** The ScaledObjects that ask Kedastral, each with what belongs to it. */
export function scaledIn(all: readonly ManifestObject[], around: Around): Promise<Scaled[]> {
  const objects = all.filter(({ group, kind }) => group === 'keda.sh' && kind === 'ScaledObject');
  const found = objects.map((object) => scaledOf(object, all, around));
  return Promise.all(found).then((each) => each.filter(({ triggers }) => triggers.length > 0));
}

async function scaledOf(
  object: ManifestObject,
  all: readonly ManifestObject[],
  around: Around,
): Promise<Scaled> {
  const namespace = object.namespace ?? around.defaults.namespace;
  const spec = fieldsOf(object.value.spec);
  const near = all.filter((other) => (other.namespace ?? around.defaults.namespace) === namespace);
  const { kind, name } = aimOf(object);
  const workload = near.find((other) => {
    return isScalable(other) && other.kind === kind && other.name === name;
  });
  const read = workload === undefined ? null : targetOf(workload);
  const target = read === null || typeof read === 'string' ? null : read;
  const sidecar = target === null ? null : await sidecarOf(target, around.defaults);
  const isKnown = sidecar !== null && !('faults' in sidecar);
  const triggers = listOf(spec.triggers).flatMap((value, i) =>
    triggerOf(fieldsOf(value), i, { target, name: String(name), namespace, all }),
  );
  return {
    ...{ object, namespace, spec, triggers, target, all, near, around },
    sidecar: isKnown ? sidecar : null,
    sidecarFaults: sidecar !== null && 'faults' in sidecar ? sidecar.faults : [],
    mode: target === null ? null : modeOf(target),
  };
}

interface Neighbours {
  readonly target: Target | null;
  readonly name: string;
  readonly namespace: string;
  readonly all: readonly ManifestObject[];
}

const ADDRESS = /^(?:[a-z]+:\/{2,3})?(.*?)(?::(\d+))?$/;

/** None when the trigger asks something else than Kedastral. */
function triggerOf(value: Fields, index: number, around: Neighbours): ForecastTrigger[] {
  if (value.type !== 'external' && value.type !== 'external-push') return [];
  const metadata = textsOf(value.metadata);
  const [, host = '', port] = ADDRESS.exec(metadata.scalerAddress ?? '') ?? [];
  const [name = '', inNamespace = around.namespace] = host.split('.');
  const service =
    around.all.find(
      (other) =>
        other.group === '' &&
        other.kind === 'Service' &&
        other.name === name &&
        (other.namespace ?? around.namespace) === inNamespace,
    ) ?? null;
  const way = wayTo(name, service, around);
  const isOurs = way === 'direct' || 'workload' in metadata || host.includes('kedastral');
  if (!isOurs) return [];
  const path = ['spec', 'triggers', index];
  const portNumber = port === undefined ? null : Number(port);
  return [{ path, value, metadata, host, port: portNumber, way, service }];
}

function wayTo(host: string, service: ManifestObject | null, { target, name }: Neighbours): Way {
  if (host === serviceName(name)) return 'direct';
  if (service !== null && target !== null) return findsPods(service, target) ? 'direct' : 'relay';
  if (host.includes('relay')) return 'relay';
  return service === null ? 'unknown' : 'direct';
}

export function findsPods(service: ManifestObject, { pod }: Target): boolean {
  const matchLabels = fieldsOf(service.value.spec).selector;
  return selects({ matchLabels }, pod.metadata?.labels ?? {});
}

/** Also of a sidecar whose other options are not known here. */
function modeOf({ pod }: Target): string | null {
  const args = listOf(fieldsOf(sidecarIn(pod)).args).map(String);
  const flag = args.find((each) => each.startsWith('--mode='));
  return (
    flag?.slice('--mode='.length) ?? textOf(pod.metadata?.annotations?.[`${PREFIX}mode`]) ?? null
  );
}
