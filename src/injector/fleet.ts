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
  /** Why it would get none now. */
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
export type SurroundPod = (
  namespace: string,
) => Pick<Surroundings, 'limits' | 'marks'> & { readonly isExcluded: boolean };

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
    roll:
      state === 'by_hand' || words.length > 0
        ? { command: null, words: notRolled(metadata, namespace, state) }
        : rollOf(metadata, namespace, isByWebhook),
  });
  const isBare = !isInjected(pod);
  if (isBare && !isByWebhook) return null;
  const original = isBare ? pod : uninject(pod);
  if (!isBare && marker === null) return report('by_hand');
  if (original === undefined) return report('by_hand');
  const { isExcluded, ...known } = surround(namespace);
  const without = isBare ? 'missing' : 'refused';
  if (isByWebhook && isExcluded) return report(without, ['its namespace is excluded']);
  const injection = await inject(original, {
    ...around,
    // A manifest is injected without knowing the cluster.
    ...(isByWebhook ? known : { limits: [] }),
    ownerKind: controllerOf(metadata)?.kind,
    workload: workloadNameOf(metadata),
    namespace,
  });
  if (injection.outcome !== 'injected') return report(without, injection.warnings);
  if (isBare) return report('missing');
  if (marker?.version !== VERSION) return report('version');
  const isSame = readMarker(injection.pod)?.hash === marker.hash;
  return report(isSame ? 'current' : 'options');
}

/** A pod made anew would have no sidecar, or the very same. */
function notRolled(metadata: Metadata, namespace: string, state: SidecarState): string {
  const place = `${namespace}/${workloadNameOf(metadata) ?? metadata.name}`;
  if (state === 'by_hand') return `${place}: its manifest has the sidecar: change it there`;
  const found = state === 'missing' ? 'none either' : 'none';
  return `${place}: mend that first: a pod that is made anew now has ${found}`;
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
  if (kind === 'ReplicaSet') {
    if (isOfRollout(metadata)) return done(`argo rollouts restart ${workload}`);
    if (workload !== name) return done(`rollout restart deployment/${workload}`);
  }
  const words = `${kind} ${name} makes it anew when it is deleted: one after another`;
  return done(`delete pod ${pod}`, words);
}
