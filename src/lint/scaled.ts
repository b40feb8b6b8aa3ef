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
import { findsPods } from '../wiring/service.ts';
import { type Defaults, sidecarOf } from '../wiring/sidecar.ts';
import { aimOf, isScalable, type Target, targetOf } from '../wiring/target.ts';
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
  /** Of its triggers: where one asks the sidecars themselves, they count. */
  readonly way: Way;
  /** Null when it is not among the manifests, or not as Kubernetes has it. */
  readonly target: Target | null;
  /** Of the sidecar; undefined when they are not known. */
  readonly options: Options | undefined;
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

/** A rule of each trigger that asks for the forecast. */
export type TriggerRule = (scaled: Scaled, trigger: ForecastTrigger) => readonly Finding[];

export function ofEachTrigger(rule: TriggerRule): Rule {
  return (scaled) => scaled.triggers.flatMap((trigger) => rule(scaled, trigger));
}

/** A finding about a field of an object, such as a ScaledObject's own. */
export function finding(
  { object }: Pick<Scaled, 'object'>,
  code: Code,
  severity: Severity,
  path: FieldPath,
  fix: string,
): Finding {
  return { code, severity, object, path, value: valueAt(object.value, path) ?? null, fix };
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
  const triggers = listOf(spec.triggers).flatMap((value, i) =>
    triggerOf(fieldsOf(value), i, { target, name: String(name), namespace, all }),
  );
  return {
    ...{ object, namespace, spec, triggers, target, all, near, around },
    way: triggers.find(({ way }) => way === 'direct')?.way ?? triggers[0]?.way ?? 'unknown',
    ...(sidecar !== null && 'faults' in sidecar
      ? { options: undefined, sidecarFaults: sidecar.faults }
      : { options: sidecar?.options, sidecarFaults: [] }),
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

/** Also of a sidecar whose other options are not known here. */
function modeOf({ pod }: Target): string | null {
  const args = listOf(fieldsOf(sidecarIn(pod)).args).map(String);
  const flag = args.find((each) => each.startsWith('--mode='));
  return (
    flag?.slice('--mode='.length) ?? textOf(pod.metadata?.annotations?.[`${PREFIX}mode`]) ?? null
  );
}
