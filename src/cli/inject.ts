import { isDeepStrictEqual } from 'node:util';
import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import { helpRows } from '../config/render.ts';
import { resolve } from '../config/resolve.ts';
import { errnoOf, readArguments } from '../config/sources.ts';
import type { Wishes } from '../injector/annotations.ts';
import { knowsNativeSidecars } from '../injector/cluster-version.ts';
import {
  type ManifestDocument,
  type Rewritten,
  readDocuments,
  rewritten,
} from '../injector/documents.ts';
import { isInjected } from '../injector/eligibility.ts';
import { inject } from '../injector/inject.ts';
import { INJECT_LABEL, PREFIX } from '../injector/names.ts';
import { INJECTION_OPTIONS } from '../injector/options.ts';
import { isObject, type Pod, podFault } from '../injector/pod.ts';
import { excludedNamespaces, INJECTOR_GROUPS } from '../injector/settings.ts';
import { uninject } from '../injector/uninject.ts';
import { type ChangePod, changeWorkloads, type Workload } from '../injector/workloads.ts';
import { placeOf } from '../wiring/target.ts';
import {
  DEFAULTS_OPTIONS,
  FILE_OPTIONS,
  readInjectionFlags,
  spelledOut,
} from './injection-flags.ts';
import { complainer, type Terminal } from './terminal.ts';

const OWN_NAMESPACE = INJECTOR_GROUPS.Injector.namespace.default;
const INJECT_OPTIONS = {
  ...FILE_OPTIONS,
  ...DEFAULTS_OPTIONS,
  excludedNamespaces: {
    ...INJECTOR_GROUPS.Injector.excludedNamespaces,
    doc:
      'further namespaces whose workloads stay as they are, ' +
      `beside ${OWN_NAMESPACE} and those of Kubernetes`,
  },
} as const;

const INJECT_HELP = `Usage: kedastral inject -f FILE [option …]

Prints the manifest with a sidecar in the pods of its workloads. All else stays as it is.
Annotations kedastral.io/<option> of the pod template go before options given here. A manifest that
is injected already is injected anew. Takes the options of the sidecar (kedastral sidecar --help)
and:

`;
const UNINJECT_HELP = `Usage: kedastral uninject -f FILE

Prints the manifest as it was before kedastral inject.

`;

/** Runs `kedastral inject`; resolves to the exit code. */
export async function injectCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const help = INJECT_HELP + helpRows({ ...INJECT_OPTIONS, ...INJECTION_OPTIONS });
  const flags = await readInjectionFlags(argv, INJECT_OPTIONS, help, terminal);
  if (typeof flags === 'number') return flags;
  const { options, wishes } = flags;
  const around = {
    excludedNamespaces: excludedNamespaces(OWN_NAMESPACE, options.excludedNamespaces),
    knowsNative: knowsNativeSidecars(options.kubernetesVersion),
    defaults: wishes,
  };
  return rewrite('inject', options.file, terminal, (workload, say) =>
    injectWorkload(workload, around, say),
  );
}

/** Runs `kedastral uninject`; resolves to the exit code. */
export async function uninjectCommand(
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const layer = readArguments(argv.map(spelledOut), FILE_OPTIONS);
  const { values, faults } = resolve(FILE_OPTIONS, [['flag', layer]]);
  if (values.help) {
    terminal.print(UNINJECT_HELP + helpRows(FILE_OPTIONS));
    return 0;
  }
  if (layer.faults.length + faults.length > 0) {
    terminal.printError(formatFaults([...layer.faults, ...faults]));
    return USAGE_EXIT_CODE;
  }
  return rewrite('uninject', values.file, terminal, uninjectWorkload);
}

/**
 * The pod that a workload gets; undefined leaves it as it is, null refuses the whole manifest.
 *
 * @param say told what the user should know of the workload
 */
type Rewriter = (
  workload: Workload,
  say: (words: string) => void,
) => Promise<Pod | undefined | null>;

async function rewrite(
  command: string,
  file: string,
  terminal: Terminal,
  rewriter: Rewriter,
): Promise<number> {
  const complain = complainer(command, terminal);
  let documents: ManifestDocument[];
  try {
    documents = readDocuments(await terminal.read(file));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    complain(code === undefined ? (thrown as Error).message : `${file}: ${errnoOf(thrown)}`);
    return 1;
  }
  let isRefused = false;
  const change: ChangePod = async (workload) => {
    const pod = await rewriter(workload, (words) => complain(`${placeOf(workload)}: ${words}`));
    isRefused ||= pod === null;
    return pod ?? undefined;
  };
  const texts: string[] = [];
  for (const document of documents) {
    const changed = await changeWorkloads(document.value, change);
    const { text, isAnew } = await changedText(document, changed);
    if (isAnew) complain(`${nameIn(changed)}: written anew: it means the same in another layout`);
    texts.push(text);
  }
  // Half a manifest would be applied: what is piped on is all or nothing.
  if (isRefused) return 1;
  terminal.print(texts.join(''));
  return 0;
}

/** What was put in before is taken out first: then the text is that of the first injection. */
async function changedText(document: ManifestDocument, changed: unknown): Promise<Rewritten> {
  if (isDeepStrictEqual(changed, document.value)) return { text: document.text, isAnew: false };
  const takeOut: ChangePod = async ({ pod }) =>
    podFault(pod) === null ? uninject(pod as Pod) : undefined;
  const bare = await changeWorkloads(document.value, takeOut);
  const isBare = bare === document.value;
  const before = isBare ? { ...document, isAnew: false } : rewritten(document, bare);
  const after = rewritten({ text: before.text, value: bare }, changed);
  return { text: after.text, isAnew: before.isAnew || after.isAnew };
}

/** What a document is of; a List has no name. */
function nameIn(value: unknown): string {
  const { kind, metadata } = isObject(value) ? value : {};
  const { name } = isObject(metadata) ? metadata : {};
  return [kind, name].filter((each) => typeof each === 'string').join(' ');
}

interface Around {
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly knowsNative: boolean;
  readonly defaults: Wishes;
}

async function injectWorkload(
  workload: Workload,
  { excludedNamespaces: excluded, knowsNative, defaults }: Around,
  say: (words: string) => void,
): ReturnType<Rewriter> {
  const { kind, name, namespace, annotations } = workload;
  const leave = (words: string): undefined => void say(`left as it is: ${words}`);
  if (namespace !== null && excluded.has(namespace)) {
    return leave(`namespace ${namespace} is excluded`);
  }
  if (workload.pod === undefined) return leave('it has no pod template');
  const fault = podFault(workload.pod);
  if (fault !== null) {
    say(fault);
    return null;
  }
  const pod = workload.pod as Pod;
  const original = uninject(pod) ?? pod;
  if (isInjected(original)) return leave('it has a container kedastral that was not injected');
  if (pod.metadata?.labels?.[INJECT_LABEL] === 'false') {
    return leave(`its label ${INJECT_LABEL} is "false"`);
  }
  const isPod = kind === 'Pod';
  if (!isPod && Object.keys(annotations).some((each) => each.startsWith(PREFIX))) {
    say(`its annotations ${PREFIX}… are not read: they belong into the pod template`);
  }
  const injection = await inject(original, {
    ownerKind: kind === 'CronJob' ? 'Job' : kind,
    workload: isPod || name === '' ? null : name,
    namespace,
    limits: [],
    knowsNative,
    defaults,
  });
  for (const warning of injection.warnings) say(warning);
  if (injection.outcome === 'refused') return null;
  return injection.outcome === 'injected' ? injection.pod : undefined;
}

const uninjectWorkload: Rewriter = async (workload, say) => {
  if (podFault(workload.pod) !== null) return undefined;
  const pod = workload.pod as Pod;
  const original = uninject(pod);
  if (original === undefined && isInjected(pod)) {
    say('left as it is: its sidecar was not injected');
  }
  return original;
};
