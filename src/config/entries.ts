import type { OptionFault } from './faults.ts';
import type { Options } from './options.ts';
import type { Layer } from './sources.ts';

/** An entry of `workloads`. */
export interface WorkloadEntry {
  readonly options: Options;
  /** What the entry itself gives, by field. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface CheckedEntry {
  readonly entry: WorkloadEntry;
  readonly faults: readonly OptionFault[];
}

/** Twice what two cores can forecast in an interval. */
const WORKLOADS_MAX = 2_000;

/** Checks the entries of a config file, alone and against each other; a fault names its own. */
export async function workloadEntries(
  layers: readonly Layer[],
  check: (layer: Layer) => Promise<CheckedEntry>,
): Promise<{ workloads: readonly WorkloadEntry[]; faults: readonly OptionFault[] }> {
  const workloads: WorkloadEntry[] = [];
  const faults: OptionFault[] = [];
  const refuse = (option: string, rule: string) =>
    faults.push({ option, value: null, origin: 'file', rule });
  if (layers.length > WORKLOADS_MAX) {
    refuse('workloads', `has ${layers.length} entries; must be at most ${WORKLOADS_MAX}`);
    return { workloads, faults };
  }
  const indexByIdentity = new Map<string, number>();
  for (const [i, layer] of layers.entries()) {
    const { entry, faults: own } = await check(layer);
    const { identity } = entry.options;
    const isNamed = layer.texts.has('workload');
    const name = isNamed ? `workloads[${i}] ${identity}` : `workloads[${i}]`;
    const first = indexByIdentity.get(identity);
    if (!isNamed) refuse(`${name}: workload`, 'is needed: each entry names its own');
    else if (first !== undefined)
      refuse(`${name}: workload`, `is that of workloads[${first}], too`);
    indexByIdentity.set(identity, first ?? i);
    faults.push(...own.map((fault) => ({ ...fault, option: `${name}: ${fault.option}` })));
    workloads.push(entry);
  }
  return { workloads, faults };
}
