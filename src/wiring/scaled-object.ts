import { formatDuration } from '../config/duration.ts';
import { isTls } from './authentication.ts';
import type { CommentedObject } from './document.ts';
import type { FieldPath } from './objects.ts';
import type { Safety } from './safety.ts';
import { isGiven } from './sidecar.ts';
import type { Wired } from './wired.ts';

/** Failed answers in a row that are borne. */
const FAILURES = 3;
/** How often the HPA looks, and what it does by itself in that time. */
const HPA_SYNC_SECONDS = 15;
const HPA_GROWTH_PERCENT = 100;
const HPA_GROWTH_PODS = 4;
/** More is no limit, and the API's number has 32 bits. */
const GROWTH_PERCENT_MAX = 1_000_000;
/** The HPA takes no longer ones. */
const WINDOW_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

/** Where a ScaledObject has the behavior of its HPA. */
export const BEHAVIOR = ['spec', 'advanced', 'horizontalPodAutoscalerConfig', 'behavior'];

/** The ScaledObject of a workload: the forecast, and what reacts when it is wrong. */
export function scaledObject(wired: Wired, safety: Safety): CommentedObject {
  const { target, sidecar, namespace, labels, wishes } = wired;
  const { minReplicas, maxReplicas } = sidecar.options;
  const { apiVersion, kind, name } = target.object;
  const triggers = [forecastTrigger(wired), ...(safety.trigger === null ? [] : [safety.trigger])];
  const value = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: wired.scaledObject, namespace, labels },
    spec: {
      scaleTargetRef: { apiVersion, kind, name },
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      fallback: {
        failureThreshold: FAILURES,
        replicas: fallbackReplicas(wired),
        behavior: 'currentReplicasIfHigher',
      },
      advanced: { horizontalPodAutoscalerConfig: { behavior: behaviorOf(wired) } },
      triggers,
    },
  };
  const tolerance: [FieldPath, string] = [
    [...BEHAVIOR, 'scaleUp', 'tolerance'],
    'Kubernetes ≥ 1.35: else the HPA ignores what is within a tenth of the present replicas.',
  ];
  return {
    value,
    comments: [
      [
        ['spec', 'fallback', 'replicas'],
        `Choose: what a usual day needs. It is used after ${FAILURES} failures, if fewer run.`,
      ],
      ...(wishes.knowsTolerance ? [tolerance] : []),
      [
        [...BEHAVIOR, 'scaleUp', 'policies'],
        'At least as fast as the plan, which is limited already.',
      ],
      [[...BEHAVIOR, 'scaleDown', 'policies'], `As the plan: ${downWords(wired)}.`],
      ...safety.comments.map(
        ([path, text]) => [['spec', 'triggers', triggers.length - 1, ...path], text] as const,
      ),
      ...(safety.missing === null ? [] : [[['spec', 'triggers'], safety.missing] as const]),
    ],
  };
}

function forecastTrigger(wired: Wired) {
  const { sidecar, service, namespace, wishes } = wired;
  const { options } = sidecar;
  const direct = `${service}.${namespace}.svc:${options.grpcListen.port}`;
  const workload = `${options.workload.namespace ?? namespace}/${options.workload.name}`;
  const leadTime = formatDuration(options.leadTimeSeconds);
  return {
    type: wishes.triggerType,
    name: 'forecast',
    // The answer is a replica count and its target 1, so the average is the number itself.
    metricType: 'AverageValue',
    metadata: {
      scalerAddress: wishes.relay ?? direct,
      workload,
      ...(isGiven(sidecar, 'leadTimeSeconds') ? { leadTime } : {}),
      ...(isTls(wired) ? { enableTLS: 'true' } : {}),
    },
    ...(isTls(wired) ? { authenticationRef: { name: service } } : {}),
  };
}

function fallbackReplicas({ sidecar, target }: Wired): number {
  const { minReplicas, maxReplicas, defaultMin } = sidecar.options;
  return Math.min(maxReplicas, Math.max(1, minReplicas, defaultMin, target.replicas ?? 0));
}

function behaviorOf({ sidecar, wishes }: Wired) {
  const { upMaxFactor, downMaxPercent, stepSeconds } = sidecar.options;
  const periodSeconds = Math.min(HPA_SYNC_SECONDS, stepSeconds);
  const planned = Math.min(GROWTH_PERCENT_MAX, Math.ceil((upMaxFactor - 1) * 100));
  const growth = Math.max(HPA_GROWTH_PERCENT, planned);
  const down = downMaxPercent === 0 ? 100 : Math.ceil(downMaxPercent);
  return {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      ...(wishes.knowsTolerance ? { tolerance: '0' } : {}),
      selectPolicy: 'Max',
      policies: [
        { type: 'Percent', value: growth, periodSeconds },
        { type: 'Pods', value: HPA_GROWTH_PODS, periodSeconds },
      ],
    },
    scaleDown: {
      // Short, as the plan holds what the lead time still needs.
      stabilizationWindowSeconds: Math.min(stepSeconds, WINDOW_SECONDS_MAX),
      policies: [
        { type: 'Percent', value: down, periodSeconds: Math.min(stepSeconds, PERIOD_SECONDS_MAX) },
      ],
    },
  };
}

function downWords({ sidecar }: Wired): string {
  const { downMaxPercent, stepSeconds } = sidecar.options;
  const step = formatDuration(stepSeconds);
  return downMaxPercent === 0 ? 'no limit of its own' : `at most ${downMaxPercent} % in ${step}`;
}
