import { formatFaults, type OptionFault } from '../../src/config/faults.ts';
import { envName, type Option, optionName } from '../../src/config/option.ts';
import { OPTION_FIELDS, OPTIONS } from '../../src/config/options.ts';
import { type Parsed, parseOptions } from '../../src/config/parse.ts';
import { printConfig } from '../../src/config/render.ts';
import { corpusTexts } from './corpus.ts';
import { mutatedText } from './mutations.ts';
import { SECRET } from './nasty.ts';
import { claim, claimPrintable, target } from './target.ts';

const NAMES = OPTION_FIELDS.map(optionName);
const YAML_WORDS = [...NAMES, 'workloads:', ': ', '- ', '&a ', '*a', '!!js ', '? ', '|', '---\n'];
const FAULTS_LENGTH_MAX = 64 * 1024;
const opens = async () => undefined;
const MASKED = spellingsOf((mask) => mask(`a: ${SECRET}`) === '***');
const URLS = spellingsOf((mask) => mask(`a://b:${SECRET}@c`) === 'a://b:***@c');

/** How the options are written whose mask does this. */
function spellingsOf(does: (mask: (text: string) => string) => boolean): string[] {
  const fields = OPTION_FIELDS.filter((field) => {
    const row: Option<unknown> = OPTIONS[field];
    return row.mask !== undefined && does(row.mask);
  });
  return fields.flatMap((field) => [`--${optionName(field)}`, optionName(field), envName(field)]);
}

/** What is told of each fault, and what options come of it all. */
async function claimParsed(argv: string[], env: Record<string, string>, yaml?: string) {
  const read = async () => yaml ?? '';
  const parsed = await parseOptions(argv, env, read, opens);
  for (const fault of parsed.faults) claimFault(fault);
  if (parsed.faults.length > 0) claimPrintable(formatFaults(parsed.faults), FAULTS_LENGTH_MAX);
  const all = [parsed.options, ...(parsed.workloads ?? []).map(({ options }) => options)];
  for (const options of all) {
    const { minReplicas, maxReplicas, stepSeconds, horizonSeconds, leadTimeSeconds } = options;
    claim(minReplicas <= maxReplicas && minReplicas >= 0, 'min is not over max');
    claim(stepSeconds >= 1 && horizonSeconds % stepSeconds === 0, 'a horizon of whole steps');
    claim(leadTimeSeconds < horizonSeconds, 'a lead time within the horizon');
    const numbers = Object.values(options).filter((value) => typeof value === 'number');
    claim(numbers.every(Number.isFinite), 'every number is finite');
  }
  await claimPrinted(parsed);
}

function claimFault({ option, value, rule }: OptionFault): void {
  claim(option.length > 0 && rule.length > 0, 'a fault names its option and says its rule');
  const isSecret = MASKED.some((name) => option === name || option.endsWith(`: ${name}`));
  if (isSecret) claim(value === null || !value.includes(SECRET), `${option} is told`);
  const isUrl = URLS.some((name) => option === name || option.endsWith(`: ${name}`));
  if (isUrl) claim(!value?.includes(`:${SECRET}@`), `credentials of ${option} are told`);
}

/** What is printed reads back as the same options. */
async function claimPrinted(parsed: Parsed): Promise<void> {
  if (parsed.faults.length > 0 || parsed.workloads) return;
  const printed = printConfig(parsed);
  claim(!printed.includes(`:${SECRET}@`), 'credentials are printed');
  const again = await parseOptions(['--config=c'], {}, async () => printed, opens);
  const { options } = parsed;
  for (const field of ['stepSeconds', 'minReplicas', 'quantileLevel', 'identity'] as const) {
    claim(again.options[field] === options[field], `${field} is printed as it is`);
  }
}

const configFile = target(
  'config-file',
  1,
  mutatedText(corpusTexts('config'), YAML_WORDS),
  (yaml) => claimParsed(['--config=c.yaml'], {}, yaml),
);

/** Lines with a capital and `=` are variables, the others arguments. */
const flags = target(
  'flags',
  2,
  mutatedText(corpusTexts('flags'), [...NAMES.map((name) => `--${name}=`), '-h', '--']),
  (text) => {
    const lines = text.split('\n');
    const variables = lines.flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    });
    const argv = lines.filter((line) => !/^[A-Z_]+=/.test(line));
    return claimParsed(argv, Object.fromEntries(variables));
  },
);

export const OPTION_TARGETS = [configFile, flags];
