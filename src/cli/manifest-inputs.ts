import type { ValuesOf } from '../config/option.ts';
import { helpRows } from '../config/render.ts';
import { overlaid } from '../injector/annotations.ts';
import { knowsNativeSidecars } from '../injector/cluster-version.ts';
import type { ManifestObject } from '../wiring/objects.ts';
import type { Defaults } from '../wiring/sidecar.ts';
import { type OwnOptions, readInjectionFlags } from './injection-flags.ts';
import { injectorDefaults } from './injector-defaults.ts';
import { readManifests } from './manifest-files.ts';
import { type Complain, complainer, type Terminal } from './terminal.ts';

/** What a command that reads manifests goes by. */
export interface ManifestInputs<T> {
  readonly options: T;
  readonly objects: readonly ManifestObject[];
  /** What all sidecars are given. */
  readonly shared: Omit<Defaults, 'namespace'>;
  readonly complain: Complain;
}

/**
 * Reads a command line and the manifests that it names. When help is asked for, or something cannot
 * be read, that is printed, and the exit code is what comes back.
 */
export async function readInputs<T extends OwnOptions>(
  command: string,
  argv: readonly string[],
  own: T,
  help: string,
  terminal: Terminal,
): Promise<ManifestInputs<ValuesOf<T>> | number> {
  const flags = await readInjectionFlags(argv, own, help + helpRows(own), terminal);
  if (typeof flags === 'number') return flags;
  const { options, wishes } = flags;
  const { file, defaultsFile, kubernetesVersion } = options as ValuesOf<OwnOptions>;
  const complain = complainer(command, terminal);
  const objects = await readManifests(file.split('\n'), terminal, complain);
  if (objects === null) return 1;
  const defaults = defaultsFile === null ? await injectorDefaults(objects, complain) : null;
  const shared = {
    wishes: defaults === null ? wishes : overlaid(defaults, wishes),
    isShared: defaults !== null || defaultsFile !== null,
    knowsNative: knowsNativeSidecars(kubernetesVersion),
  };
  return { options, objects, shared, complain };
}
