import { escapePromqlLiteral, fillTemplate } from '../adapters/template.ts';
import { applicationIn } from '../injector/eligibility.ts';
import type { KeyedField } from '../injector/options.ts';
import type { Container } from '../injector/pod.ts';
import type { CommentedObject } from './document.ts';
import type { FieldPath } from './objects.ts';
import type { Wired } from './wired.ts';

/** The second trigger, which reacts when the forecast is wrong; the HPA takes the larger answer. */
export interface Safety {
  readonly trigger: Readonly<Record<string, unknown>> | null;
  /** What it needs beside it. */
  readonly objects: readonly CommentedObject[];
  /** Paths within the trigger. */
  readonly comments: readonly (readonly [FieldPath, string])[];
  /** What is said in its place when there is none. */
  readonly missing: string | null;
  readonly notes: readonly string[];
  /** Why the trigger that was asked for cannot be made. */
  readonly fault: string | null;
}

const CPU_PERCENT = '80';
const REACTS = 'Reacts when the forecast is wrong: the HPA takes the larger of the two.';
const NOTHING: Safety = {
  ...{ trigger: null, objects: [], comments: [], missing: null, notes: [], fault: null },
};

export function safetyOf(wired: Wired): Safety {
  const { safety } = wired.wishes;
  if (safety === 'none') return NOTHING;
  const reasonAgainstQuery = safety === 'cpu' ? '' : queryFault(wired);
  if (reasonAgainstQuery === null) return prometheusTrigger(wired);
  if (safety === 'prometheus') {
    return { ...NOTHING, fault: `no second trigger on Prometheus: ${reasonAgainstQuery}` };
  }
  // Of the sidecar's CPU the load says nothing.
  const container = applicationIn(wired.target.pod);
  const reasonAgainstCpu = cpuFault(container);
  if (container !== undefined && reasonAgainstCpu === null) return cpuTrigger(container);
  if (safety === 'cpu') {
    return { ...NOTHING, fault: `no second trigger on CPU: ${reasonAgainstCpu}` };
  }
  return {
    ...NOTHING,
    missing: `Choose a second trigger that reacts: none could be made, as\n${reasonAgainstCpu}.`,
    notes: [`no second trigger: ${reasonAgainstQuery}; ${reasonAgainstCpu}`],
  };
}

/** Why KEDA cannot ask what the sidecar asks; null when it can. */
function queryFault({ sidecar }: Wired): string | null {
  const { options, injection } = sidecar;
  const isPrometheus = options.adapter === 'prometheus' || options.adapter === 'victoriametrics';
  if (!isPrometheus || options.promUrl === null || options.promQuery === null) {
    return 'the sidecar asks no Prometheus whose address is known here';
  }
  const hasAuth = authMode(injection) !== null;
  if (injection.promHeaderSecret !== null) return 'KEDA takes no headers from a Secret';
  if (Object.values(options.promHeaders).some((value) => /[,=]/.test(value))) {
    return 'KEDA takes no headers with a comma or an equals sign';
  }
  if (options.promUsername !== null && injection.promUsernameSecret === null) {
    return 'KEDA takes a user name from a Secret only: set kedastral.io/prom-username-secret';
  }
  const hasCredential = options.promBearerTokenFile ?? options.promPasswordFile;
  if (hasCredential !== null && !hasAuth) return 'no Secret with its credential is known here';
  if (caKey(injection) !== null && !hasAuth) {
    return 'KEDA takes an authority of Prometheus only together with a credential';
  }
  return null;
}

type Injection = Wired['sidecar']['injection'];

function authMode(injection: Injection): 'bearer' | 'basic' | null {
  if (injection.promBearerTokenSecret !== null) return 'bearer';
  const isBasic = injection.promUsernameSecret !== null && injection.promPasswordSecret !== null;
  return isBasic ? 'basic' : null;
}

function caKey(injection: Injection): string | null {
  return injection.promCaSecret ?? injection.promCaConfigmap;
}

function prometheusTrigger(wired: Wired): Safety {
  const { sidecar, scaledObject, namespace } = wired;
  const { options, injection } = sidecar;
  const values = { workload: options.workload.name, namespace };
  const isAsleep = options.minReplicas === 0;
  const mode = authMode(injection);
  const headers = Object.entries(options.promHeaders).map(([name, value]) => `${name}=${value}`);
  const metadata = {
    serverAddress: options.promUrl as string,
    query: fillTemplate('prom-query', options.promQuery as string, values, escapePromqlLiteral),
    threshold: String(options.targetPerPod),
    ...(isAsleep ? { activationThreshold: '0' } : {}),
    ...(headers.length === 0 ? {} : { customHeaders: headers.join(',') }),
    ...(mode === null ? {} : { authModes: mode }),
  };
  const name = `${scaledObject}-prometheus`;
  return {
    ...NOTHING,
    trigger: {
      ...{ type: 'prometheus', name: 'reaction', metricType: 'AverageValue', metadata },
      ...(mode === null ? {} : { authenticationRef: { name } }),
    },
    objects: mode === null ? [] : [authentication(wired, name)],
    comments: [
      [[], REACTS],
      ...(isAsleep
        ? [
            [
              ['metadata', 'activationThreshold'],
              'Choose: demand that no pod is started for.',
            ] as const,
          ]
        : []),
    ],
  };
}

const PARAMETERS = {
  promBearerTokenSecret: 'bearerToken',
  promUsernameSecret: 'username',
  promPasswordSecret: 'password',
  promCaSecret: 'ca',
  promCaConfigmap: 'ca',
} as const satisfies Partial<Record<KeyedField, string>>;

/** The same keys of the same Secrets that the sidecar reads. */
function authentication({ sidecar, namespace, labels }: Wired, name: string): CommentedObject {
  const refs = (Object.keys(PARAMETERS) as (keyof typeof PARAMETERS)[]).flatMap((field) => {
    const [object, key] = sidecar.injection[field]?.split('/') ?? [];
    const isConfigMap = field === 'promCaConfigmap';
    return key === undefined
      ? []
      : [{ isConfigMap, ref: { parameter: PARAMETERS[field], name: object, key } }];
  });
  const of = (isConfigMap: boolean) =>
    refs.filter((each) => each.isConfigMap === isConfigMap).map(({ ref }) => ref);
  return {
    value: {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'TriggerAuthentication',
      metadata: { name, namespace, labels },
      spec: {
        secretTargetRef: of(false),
        ...(of(true).length === 0 ? {} : { configMapTargetRef: of(true) }),
      },
    },
    comments: [],
  };
}

function cpuTrigger({ name }: Container): Safety {
  return {
    ...NOTHING,
    trigger: {
      ...{ type: 'cpu', name: 'reaction', metricType: 'Utilization' },
      metadata: { value: CPU_PERCENT, containerName: name },
    },
    comments: [
      [[], REACTS],
      [['metadata', 'value'], 'Choose: percent of the CPU that the container asks for.'],
    ],
  };
}

function cpuFault(container: Container | undefined): string | null {
  if (container === undefined) return 'the pod has no container of an application';
  const { requests, limits } = container.resources ?? {};
  // What limits CPU and asks for none asks for its limit.
  const isAsked = requests?.cpu !== undefined || limits?.cpu !== undefined;
  return isAsked ? null : `container ${container.name} asks for no CPU to compare with`;
}
