import { readFile } from 'node:fs/promises';
import { type CheckedEntry, type WorkloadEntry, workloadEntries } from './entries.ts';
import { type OptionFault, type Origin, valueFault } from './faults.ts';
import {
  certificateFaults,
  FILE_FIELDS,
  type OpenFile,
  once,
  openFile,
  unreadableFiles,
} from './named-files.ts';
import {
  OPTION_FIELDS,
  OPTIONS,
  type OptionField,
  type Options,
  type TableValues,
} from './options.ts';
import { PROCESS_FIELDS } from './process-fields.ts';
import { defaultValue, type Given, type Resolved, resolve } from './resolve.ts';
import { ruleFaults } from './rule.ts';
import { HISTORY_STEPS_MAX, NEEDS_FORECASTER, type OptionRule, RULES } from './rules.ts';
import {
  type Environment,
  type Layer,
  NO_FILE,
  type ReadText,
  readArguments,
  readConfigFile,
  readEnvironment,
} from './sources.ts';
import { formatIdentity } from './workload.ts';

/** What the command line, the environment and the config file say together. */
export interface Parsed {
  /** Always valid. Where there is a fault, fields of the broken rule hold their defaults: then
   * they serve to answer "misconfigured", never to forecast. */
  readonly options: Options;
  /** Those of the config file, over `options`; null when it has no such list. */
  readonly workloads: readonly WorkloadEntry[] | null;
  /** Everything that is wrong, at once; empty = go on. */
  readonly faults: readonly OptionFault[];
  readonly given: Readonly<Record<OptionField, Given>>;
  readonly help: boolean;
  readonly version: boolean;
  readonly printConfig: boolean;
}

/**
 * Reads all options: flag > environment > config file > default. Never throws: each mistake is one
 * of `faults`.
 *
 * @param argv the arguments after the program's name
 * @param read how the config file is read
 * @param open rejects with an errno when a file cannot be read
 */
export async function parseOptions(
  argv: readonly string[],
  env: Environment,
  read: ReadText = (path) => readFile(path, 'utf8'),
  open: OpenFile = openFile,
): Promise<Parsed> {
  const flags = readArguments(argv, OPTIONS);
  const environment = readEnvironment(env, OPTIONS);
  const configPath = flags.texts.get('config') ?? environment.texts.get('config') ?? '';
  const file =
    configPath === '' ? NO_FILE : await readConfigFile(configPath, read, OPTIONS, PROCESS_FIELDS);
  const shared = [
    ['flag', flags],
    ['env', environment],
    ['file', file],
  ] as const;
  const resolved = resolve(OPTIONS, shared);
  const hasEntries = file.entries !== null;
  const rules = hasEntries ? PROCESS_RULES : RULES;
  const broken = brokenRules({ ...resolved, values: withFollowing(resolved) }, rules);
  const { role, injected } = resolved.values;
  const isServing = !hasEntries && (injected || role !== 'all');
  const openOnce = once(open);
  const unreadable = await unreadableFiles(resolved, FILE_FIELDS, openOnce);
  const unusable = unreadable.length > 0 ? [] : await certificateFaults(resolved, read);
  const entries = await workloadEntries(file.entries ?? [], (layer) =>
    checkEntry(layer, shared, openOnce),
  );
  const { help, version, printConfig } = resolved.values;
  return {
    options: derive(broken.values),
    workloads: hasEntries ? entries.workloads : null,
    faults: [
      ...flags.faults,
      ...file.faults,
      ...resolved.faults,
      ...broken.faults,
      ...(isServing ? sourceFaults(resolved) : []),
      ...unreadable,
      ...unusable,
      ...entries.faults,
    ],
    given: resolved.given,
    help,
    version,
    printConfig,
  };
}

/** An entry of `workloads` over what all share. */
async function checkEntry(layer: Layer, shared: Layers, open: OpenFile): Promise<CheckedEntry> {
  const { texts } = layer;
  const resolved = resolve(OPTIONS, [['file', layer], ...shared]);
  const broken = brokenRules({ ...resolved, values: withFollowing(resolved) }, WORKLOAD_RULES);
  const ownFiles = FILE_FIELDS.filter((field) => texts.has(field));
  return {
    entry: { options: derive(broken.values), texts },
    faults: [
      ...layer.faults,
      // What is wrong above the entries is said once, there.
      ...resolve(OPTIONS, [['file', layer]]).faults,
      ...broken.faults,
      ...sourceFaults(resolved),
      ...(await unreadableFiles(resolved, ownFiles, open)),
    ],
  };
}

/** What a cluster is scaled by is not to be invented because nobody named a source. */
function sourceFaults({ values, given }: Resolved<AllOptions>): OptionFault[] {
  const { adapter, promUrl, promQuery, forecasterUrl } = values;
  const isNamed = (adapter ?? promUrl ?? promQuery) !== null || forecasterUrl.length > 0;
  const rule = 'is needed where there is no prom-url: say where samples come from';
  return isNamed ? [] : [valueFault('adapter', OPTIONS.adapter, given.adapter, rule)];
}

type AllOptions = typeof OPTIONS;

type Layers = readonly (readonly [Origin, Layer])[];

const isOfProcess = (field: OptionField): boolean => PROCESS_FIELDS.includes(field);
/** With `workloads`, rules of a workload's options are each entry's. */
const PROCESS_RULES = RULES.filter(
  (each) => each.fields.every(isOfProcess) && each !== NEEDS_FORECASTER,
);
const WORKLOAD_RULES = RULES.filter(({ fields }) => !fields.every(isOfProcess));

/** Beside a forecaster on the same node, or in the same pod. */
const SCALER_LISTEN = { host: '', port: 8082 };

/** Defaults that follow other options, so that `--step 1s` alone is no contradiction. */
function withFollowing({ values, given }: Resolved<AllOptions>): TableValues {
  const { stepSeconds } = values;
  const isGiven = (field: OptionField): boolean => given[field].origin !== 'default';
  const historySeconds = isGiven('historySeconds')
    ? values.historySeconds
    : Math.min(values.historySeconds, HISTORY_STEPS_MAX * stepSeconds);
  const windowSeconds = isGiven('windowSeconds')
    ? values.windowSeconds
    : Math.max(stepSeconds, Math.min(values.windowSeconds, historySeconds));
  const isScaler = values.role === 'scaler' && !isGiven('listen');
  const listen = isScaler ? SCALER_LISTEN : values.listen;
  return { ...values, historySeconds, windowSeconds, listen };
}

/** Checks the rules between fields that are right by themselves; the fields of a broken rule fall
 * back to their defaults, until all that is left holds together. */
function brokenRules(
  resolved: Resolved<AllOptions>,
  rules: readonly OptionRule[],
): { values: TableValues; faults: OptionFault[] } {
  const mended: Record<string, unknown> = { ...resolved.values };
  for (let round = 0; round < OPTION_FIELDS.length; round++) {
    const broken = rules.filter(({ check }) => check(mended as TableValues) !== null);
    if (broken.length === 0) break;
    // First what is at fault by itself: a bad query must not cost the workload its name.
    const fields = broken.flatMap(({ fields }) => (round === 0 ? fields[0] : fields));
    for (const field of fields) {
      mended[field] = defaultValue(OPTIONS[field]);
    }
  }
  const faults = ruleFaults(OPTIONS, resolved, rules);
  return { values: mended as TableValues, faults };
}

function derive(values: TableValues): Options {
  const { config, help, version, printConfig, adapter, promHeader, ...plain } = values;
  const namespace = values.workload.namespace ?? values.namespace;
  const workload = { namespace, name: values.workload.name };
  return {
    ...plain,
    namespace,
    workload,
    identity: formatIdentity(workload),
    adapter: adapter ?? (values.promUrl === null ? 'synthetic' : 'prometheus'),
    promHeaders: promHeader,
  };
}
