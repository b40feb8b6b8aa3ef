import { formatDuration, parseDuration } from '../config/duration.ts';
import { unknownRule } from '../config/suggest.ts';
import { parseIdentity } from '../config/workload.ts';
import { fieldsOf, listOf, type ManifestObject, textOf } from '../wiring/objects.ts';
import { finding, ofEachTrigger, type Rule, type Scaled, type TriggerRule } from './scaled.ts';

const KEYS = ['scalerAddress', 'workload', 'metricName', 'leadTime', 'enableTLS', 'unsafeSsl'];
/** What is not to be repeated in a log. */
const SECRET = /auth|cert|credential|key|passw|secret|token/i;
const METRIC_NAME = 'desired_replicas';

const valueMetric: TriggerRule = (scaled, { path, value }) => {
  const { metricType = 'AverageValue' } = value;
  if (metricType === 'AverageValue') return [];
  const fix = 'set AverageValue, or leave it out';
  return [finding(scaled, 'metric_type', 'error', [...path, 'metricType'], fix)];
};

const silentTrigger: TriggerRule = (scaled, { path, value }) => {
  if (value.type === 'external-push') return [];
  const fix = 'set external-push: a sidecar that comes later tells KEDA so';
  return [finding(scaled, 'trigger_type', 'warning', [...path, 'type'], fix)];
};

const unknownMetadata: TriggerRule = (scaled, { path, metadata }) =>
  Object.keys(metadata)
    .filter((key) => !KEYS.includes(key) && !key.endsWith('FromEnv'))
    .map((key) => {
      const fix = `${unknownRule(key, KEYS)} (known: ${KEYS.join(', ')})`;
      const field = [...path, 'metadata', key];
      const found = finding(scaled, 'metadata_unknown', 'error', field, fix);
      return SECRET.test(key) ? { ...found, value: '***' } : found;
    });

const metadataOfNoText: TriggerRule = (scaled, { path, value }) =>
  Object.entries(fieldsOf(value.metadata))
    .filter(([, given]) => typeof given !== 'string')
    .map(([key, given]) => {
      const fix = `write it in quotes: ${key}: "${String(given)}"`;
      return finding(scaled, 'metadata_no_text', 'error', [...path, 'metadata', key], fix);
    });

const badLeadTime: TriggerRule = (scaled, { path, metadata }) => {
  const { leadTime } = metadata;
  const leadTimePath = [...path, 'metadata', 'leadTime'];
  if (leadTime === undefined) return [];
  const seconds = parseDuration(leadTime);
  if (seconds === undefined) {
    const fix = 'write a duration such as 5m or 90s';
    return [finding(scaled, 'lead_time_malformed', 'error', leadTimePath, fix)];
  }
  const horizonSeconds = scaled.options?.horizonSeconds ?? Number.POSITIVE_INFINITY;
  if (seconds <= horizonSeconds) return [];
  const horizon = formatDuration(horizonSeconds);
  const fix = `stay within the horizon of ${horizon}, or make that longer`;
  return [finding(scaled, 'lead_time_horizon', 'warning', leadTimePath, fix)];
};

const otherWorkload: TriggerRule = (scaled, { path, metadata, way }) => {
  const { options } = scaled;
  const named = parseIdentity(metadata.workload ?? '');
  if (!options || !named || way !== 'direct') return [];
  const { name, namespace } = options.workload;
  const isSame =
    named.name === name &&
    (named.namespace ?? scaled.namespace) === (namespace ?? scaled.namespace);
  if (isSame) return [];
  const fix = `set ${namespace ?? scaled.namespace}/${name}, which the sidecar forecasts`;
  return [finding(scaled, 'workload_unknown', 'error', [...path, 'metadata', 'workload'], fix)];
};

const shadowTrigger: TriggerRule = (scaled, { path, way }) => {
  if (scaled.mode !== 'shadow' || way === 'relay') return [];
  const fix = 'take the trigger out, or give the sidecar mode live';
  return [finding(scaled, 'shadow_trigger', 'error', path, fix)];
};

const cachedMetrics: TriggerRule = (scaled, { path, value }) => {
  if (value.useCachedMetrics !== true) return [];
  const fix = 'leave it out: an answer comes from memory and costs nothing';
  return [finding(scaled, 'cached_metrics', 'warning', [...path, 'useCachedMetrics'], fix)];
};

/** A target other than 1 is set where triggers are combined, or in the HPA that KEDA made. */
const targetSize: Rule = (scaled) => {
  const { spec, triggers } = scaled;
  const { formula, target, metricType } = fieldsOf(fieldsOf(spec.advanced).scalingModifiers);
  const isNamed = triggers.some(({ value }) => {
    const name = textOf(value.name);
    return name !== undefined && String(formula ?? '').includes(name);
  });
  const modifiers = ['spec', 'advanced', 'scalingModifiers'];
  const isOne = Number(target) === 1 && metricType !== 'Value';
  const fix = 'target 1 and AverageValue: have the formula give replicas';
  const own =
    isNamed && !isOne
      ? [finding(scaled, 'target_size', 'error', [...modifiers, 'target'], fix)]
      : [];
  const names = metricNames(scaled);
  return [
    ...own,
    ...madeFor(scaled).flatMap((hpa) =>
      listOf(fieldsOf(hpa.value.spec).metrics).flatMap((each, i) => {
        const { metric, target: aim } = fieldsOf(fieldsOf(each).external);
        const isForecast = names.includes(String(fieldsOf(metric).name));
        const isRight = Number(fieldsOf(aim).averageValue) === 1;
        const path = ['spec', 'metrics', i, 'external', 'target'];
        const words = 'mend the ScaledObject, and leave the HPA to KEDA';
        return isForecast && !isRight
          ? [finding({ object: hpa }, 'target_size', 'error', path, words)]
          : [];
      }),
    ),
  ];
};

/** Of a ScaledObject with a formula KEDA makes an HPA with one metric of its own. */
const metricMissing: Rule = (scaled) => {
  const { formula } = fieldsOf(fieldsOf(scaled.spec.advanced).scalingModifiers);
  if (formula !== undefined) return [];
  const names = metricNames(scaled);
  return madeFor(scaled).flatMap((hpa) => {
    const metrics = listOf(fieldsOf(hpa.value.spec).metrics);
    const known = metrics.map((each) => fieldsOf(fieldsOf(fieldsOf(each).external).metric).name);
    const fix = 'set external-push, or change the ScaledObject once sidecars run: KEDA asks anew';
    return names
      .filter((name) => !known.includes(name))
      .map(() => finding({ object: hpa }, 'metric_missing', 'error', ['spec', 'metrics'], fix));
  });
};

function metricNames({ triggers }: Scaled): string[] {
  return triggers.map(
    ({ path, metadata }) => `s${path.at(-1)}-${metadata.metricName ?? METRIC_NAME}`,
  );
}

function madeFor({ object, all }: Scaled): ManifestObject[] {
  return all.filter((other) => isMadeFor(other, object));
}

/** Whether an HPA is the one that KEDA made for a ScaledObject. */
export function isMadeFor(hpa: ManifestObject, { name, namespace }: ManifestObject): boolean {
  if (hpa.kind !== 'HorizontalPodAutoscaler' || hpa.namespace !== namespace) return false;
  const owners = listOf(fieldsOf(hpa.value.metadata).ownerReferences).map(fieldsOf);
  return owners.some((owner) => owner.kind === 'ScaledObject' && owner.name === name);
}

const PAUSES = ['paused', 'paused-replicas', 'paused-scale-in', 'paused-scale-out'];
/** What Go reads as false; all else pauses. */
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

const paused: Rule = (scaled) =>
  PAUSES.map((pause) => `autoscaling.keda.sh/${pause}`)
    .filter((name) => {
      const text = scaled.object.annotations[name];
      return text !== undefined && (name.endsWith('-replicas') || !FALSE.includes(text));
    })
    .map((name) => {
      const path = ['metadata', 'annotations', name];
      return finding(scaled, 'paused', 'warning', path, 'take the annotation away');
    });

const OF_TRIGGERS = [
  valueMetric,
  silentTrigger,
  unknownMetadata,
  metadataOfNoText,
  badLeadTime,
  otherWorkload,
  shadowTrigger,
  cachedMetrics,
];

export const TRIGGER_RULES = [...OF_TRIGGERS.map(ofEachTrigger), targetSize, metricMissing, paused];
