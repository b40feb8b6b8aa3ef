import { VERSION } from '../version.ts';
import { isAsked, isInjected } from './eligibility.ts';
import { inject, type Surroundings } from './inject.ts';
import { readMarker } from './marker.ts';
import { controllerOf, isOfRollout, workloadNameOf } from './owner.ts';
import type { Metadata, Pod } from './pod.ts';
import { uninject } from './uninject.ts';

/**
 * What a running pod's sidecar is like: as it would be injected now, of another version, with other
 * options, put in by hand (so nobody knows), missing although it was asked for, or one that would
 * not be injected any more.
 */
export type SidecarState = 'current' | 'version' | 'options' | 'by_hand' | 'missing' | 'refused';

export interface PodReport {
  readonly namespace: string;
  readonly name: string;
  readonly state: SidecarState;
  /** Of the sidecar; null when it does not say it. */
  readonly version: string | null;
  /** Why it would be refused now. */
  readonly words: readonly string[];
  /** Whether the webhook puts it in, which goes by the label, or a manifest has it. */
  readonly isByWebhook: boolean;
  readonly roll: Roll;
}

/** How a pod is made anew. */
export interface Roll {
  /** Null when no command does it. */
  readonly command: string | null;
  readonly words: string;
}

/** What of a cluster an injection goes by. */
export type SurroundPod = (namespace: string) => Pick<Surroundings, 'limits' | 'marks'>;

/**
 * Compares a pod's sidecar with the one that it would get now; null of a pod that has none and
 * asks for none.
 *
 * @param pod one that `podFault` finds nothing wrong with
 */
export async function podReport(
  pod: Pod,
  namespace: string,
  around: Pick<Surroundings, 'defaults' | 'knowsNative'>,
  surround: SurroundPod,
): Promise<PodReport | null> {
  const metadata = pod.metadata ?? {};
  const isByWebhook = isAsked(pod);
  const marker = readMarker(pod);
  const report = (state: SidecarState, words: readonly string[] = []): PodReport => ({
    ...{ namespace, name: metadata.name ?? '', state, words, isByWebhook },
    version: marker?.version ?? null,
    roll: rollOf(metadata, namespace, isByWebhook),
  });
  if (!isInjected(pod)) return isByWebhook ? report('missing') : null;
  const original = uninject(pod);
  if (marker === null || original === undefined) return report('by_hand');
  if (marker.version !== VERSION) return report('version');
  const injection = await inject(original, {
    ...around,
    // A manifest is injected without knowing the cluster.
    ...(isByWebhook ? surround(namespace) : { limits: [] }),
    ownerKind: controllerOf(metadata)?.kind,
    workload: workloadNameOf(metadata),
    namespace,
  });
  if (injection.outcome !== 'injected') return report('refused', injection.warnings);
  const isSame = readMarker(injection.pod)?.hash === marker.hash;
  return report(isSame ? 'current' : 'options');
}

/** Of an object of Kubernetes; an ownerReference may say anything, and a shell reads it. */
const NAME = /^[a-z0-9][a-z0-9.-]*$/;

function rollOf(metadata: Metadata, namespace: string, isByWebhook: boolean): Roll {
  const told = (words: string): Roll => ({ command: null, words });
  const done = (command: string, words = ''): Roll => {
    return { command: `kubectl ${command} -n ${namespace}`, words };
  };
  const owner = controllerOf(metadata);
  if (owner === undefined) return told('nothing owns it: make it anew');
  const { kind, name } = owner;
  const workload = workloadNameOf(metadata) ?? name;
  if (!isByWebhook)
    return told(`inject the manifest of ${namespace}/${workload} anew, and apply it`);
  if (kind === 'Job') return told('the next run of its Job gets the new one');
  const pod = metadata.name ?? '';
  if (![namespace, pod, name].every((each) => NAME.test(each))) {
    return told('its names, or that of its owner, are none of Kubernetes: look into it');
  }
  if (kind === 'StatefulSet') return done(`rollout restart statefulset/${name}`);
  if (kind === 'DaemonSet') return done(`rollout restart daemonset/${name}`);
  if (kind === 'ReplicaSet') {
    if (isOfRollout(metadata)) return done(`argo rollouts restart ${workload}`);
    if (workload !== name) return done(`rollout restart deployment/${workload}`);
  }
  const words = `${kind} ${name} makes it anew when it is deleted: one after another`;
  return done(`delete pod ${pod}`, words);
}
