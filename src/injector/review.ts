import { isAsked, type SkipReason } from './eligibility.ts';
import { inject, type RefusalReason, type Surroundings } from './inject.ts';
import { controllerOf, workloadNameOf } from './owner.ts';
import { patchOf } from './patch.ts';
import { isObject, type Pod, podFault } from './pod.ts';

type Reason = SkipReason | RefusalReason | 'not_asked' | 'namespace' | 'review' | 'internal' | '';

/** Of pods that asked for no sidecar, or have one. */
const NOT_MISSED: readonly Reason[] = ['', 'not_asked', 'already_injected', 'review'];

/** What a review came to: bounded labels of a metric. */
export interface Outcome {
  readonly outcome: 'injected' | 'skipped' | 'refused' | 'failed';
  readonly reason: Reason;
  /** Whether the pod asked for a sidecar, has none and gets none. */
  readonly isMissed: boolean;
}

/** AdmissionReview of admission.k8s.io/v1, as it is answered. */
export interface ReviewReply {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly warnings?: readonly string[];
    readonly patchType?: 'JSONPatch';
    readonly patch?: string;
  };
}

/** A pod that asked for a sidecar and gets none. */
export interface Missed {
  readonly namespace: string;
  readonly workload: string | null;
  readonly reason: Reason;
  readonly warnings: readonly string[];
}

/** What the cluster knows of a namespace. */
export type Surround = (
  namespace: string,
) => Promise<Omit<Surroundings, 'ownerKind' | 'workload' | 'namespace'>>;

export interface ReviewParts {
  readonly surround: Surround;
  /** Namespaces whose pods stay as they are. */
  readonly excludedNamespaces: ReadonlySet<string>;
  /** Told of a pod that asked in vain: who made it sees no warning when a controller did. */
  readonly onMissed: (missed: Missed) => void;
  /** Told of a fault of the injector itself. */
  readonly onFault: (thrown: unknown) => void;
}

interface Verdict {
  readonly outcome: Outcome['outcome'];
  readonly reason: Reason;
  readonly warnings: readonly string[];
  /** JSON Patch, as base64. */
  readonly patch?: string;
}

interface Answered {
  readonly reply: ReviewReply;
  readonly outcome: Outcome;
}

const API_VERSION = 'admission.k8s.io/v1';
const UID = /^[\x21-\x7e]{1,256}$/;
/** The API server cuts longer ones, and all of them at 4,096. */
const WARNING_LENGTH_MAX = 250;
const WARNINGS_MAX = 8;

/**
 * Answers a review: always "allowed", whatever the pod is like. Null when the body is no
 * AdmissionReview that could be answered: it names no uid.
 */
export async function review(body: unknown, parts: ReviewParts): Promise<Answered | null> {
  const request = isObject(body) ? body.request : undefined;
  const uid = isObject(request) ? request.uid : undefined;
  if (!isObject(request) || typeof uid !== 'string' || !UID.test(uid)) return null;
  const fault = reviewFault(body, request);
  if (fault !== null) {
    const warnings = [`not injected: ${fault}`];
    return answer(uid, { outcome: 'failed', reason: 'review', warnings });
  }
  const pod = request.object as Pod;
  if (!isAsked(pod)) return answer(uid, { outcome: 'skipped', reason: 'not_asked', warnings: [] });
  const namespace = request.namespace as string;
  const { outcome, reply } = answer(uid, await verdictOn(pod, namespace, parts));
  // Of a dry run no pod comes that could lack anything.
  if (request.dryRun === true) return { reply, outcome: { ...outcome, isMissed: false } };
  const { isMissed, reason } = outcome;
  if (isMissed) {
    const { warnings = [] } = reply.response;
    parts.onMissed({ namespace, workload: workloadNameOf(pod.metadata ?? {}), reason, warnings });
  }
  return { reply, outcome };
}

/** Tries to inject a pod that asks for a sidecar. */
async function verdictOn(pod: Pod, namespace: string, parts: ReviewParts): Promise<Verdict> {
  if (parts.excludedNamespaces.has(namespace)) {
    const warnings = [`not injected: namespace ${namespace} is excluded`];
    return { outcome: 'skipped', reason: 'namespace', warnings };
  }
  try {
    const metadata = pod.metadata ?? {};
    const injection = await inject(pod, {
      ...(await parts.surround(namespace)),
      ownerKind: controllerOf(metadata)?.kind,
      workload: workloadNameOf(metadata),
      namespace,
    });
    if (injection.outcome !== 'injected') return injection;
    const { outcome, warnings } = injection;
    const patch = Buffer.from(JSON.stringify(patchOf(pod, injection.pod))).toString('base64');
    return { outcome, reason: '', warnings, patch };
  } catch (thrown) {
    parts.onFault(thrown);
    const warnings = ['not injected: a fault of the injector itself; its log says more'];
    return { outcome: 'failed', reason: 'internal', warnings };
  }
}

/** What of a review is not as the API server sends one for a new pod; null when all is right. */
function reviewFault(body: unknown, request: Readonly<Record<string, unknown>>): string | null {
  const { apiVersion, kind } = body as Readonly<Record<string, unknown>>;
  if (apiVersion !== API_VERSION || kind !== 'AdmissionReview') {
    return `the review is not of ${API_VERSION}`;
  }
  const { operation, resource, namespace, subResource, object } = request;
  if (operation !== 'CREATE') return 'the operation is not CREATE';
  const isPods =
    isObject(resource) &&
    resource.group === '' &&
    resource.version === 'v1' &&
    resource.resource === 'pods' &&
    (subResource === undefined || subResource === '');
  if (!isPods) return 'the resource is not pods of v1';
  if (typeof namespace !== 'string' || namespace === '') return 'the review names no namespace';
  return podFault(object);
}

function answer(uid: string, { outcome, reason, warnings, patch }: Verdict): Answered {
  const response = {
    uid,
    allowed: true as const,
    ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, WARNINGS_MAX).map(shortened) }),
    ...(patch === undefined ? {} : { patchType: 'JSONPatch' as const, patch }),
  };
  return {
    reply: { apiVersion: API_VERSION, kind: 'AdmissionReview', response },
    outcome: { outcome, reason, isMissed: !NOT_MISSED.includes(reason) },
  };
}

/** A warning becomes a header of HTTP: printable ASCII on one line. */
function shortened(warning: string): string {
  const line = `kedastral: ${warning}`.replace(/[^\x20-\x7e]+/g, ' ');
  return line.length > WARNING_LENGTH_MAX ? `${line.slice(0, WARNING_LENGTH_MAX - 3)}...` : line;
}
