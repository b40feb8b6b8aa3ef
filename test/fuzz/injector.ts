import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import { injectCommand, uninjectCommand } from '../../src/cli/inject.ts';
import { lintCommand } from '../../src/cli/lint.ts';
import { podsCommand } from '../../src/cli/pods.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { wireCommand } from '../../src/cli/wire.ts';
import { NO_WISHES } from '../../src/injector/annotations.ts';
import { readDocuments } from '../../src/injector/documents.ts';
import { type ReviewParts, review } from '../../src/injector/review.ts';
import { readSettings } from '../../src/injector/settings.ts';
import { corpusTexts } from './corpus.ts';
import { mutatedJson, mutatedText } from './mutations.ts';
import { claim, claimPrintable, target } from './target.ts';

const PARTS: ReviewParts = {
  surround: async () => ({ limits: [], knowsNative: true, defaults: NO_WISHES }),
  excludedNamespaces: new Set(['kube-system']),
  onMissed: () => undefined,
  onFault: (thrown) => {
    throw new Error('a fault of the injector itself', { cause: thrown });
  },
};
const WARNING_LENGTH_MAX = 256;

/** Always allowed; a patch makes a pod that has the sidecar, and is not injected again. */
const admission = target('review', 3, mutatedJson(corpusTexts('review')), async (text) => {
  const body = parsed(text);
  const answered = await review(body, PARTS);
  if (!answered) return;
  const { uid, allowed, warnings = [], patch } = answered.reply.response;
  claim(allowed && /^[\x21-\x7e]+$/.test(uid), 'every review is allowed');
  for (const warning of warnings) {
    claim(/^[\x20-\x7e]+$/.test(warning), `a warning is a header: ${JSON.stringify(warning)}`);
    claimPrintable(warning, WARNING_LENGTH_MAX);
  }
  if (patch === undefined) return;
  const operations: Operation[] = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  const { request } = body as { request: { object: unknown } };
  const pod = structuredClone(request.object);
  claim(
    applyPatch(pod, operations).every((result) => result === null),
    'the patch can be applied',
  );
  const again = await review({ ...(body as object), request: { ...request, object: pod } }, PARTS);
  const reason = again?.outcome.reason;
  claim(reason === 'already_injected', `injected, and then ${again?.outcome.outcome} ${reason}`);
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const YAML_WORDS = [
  '---\n',
  '- ',
  ': ',
  '&a ',
  '*a',
  '!!binary ',
  '<<: ',
  '|\n',
  '~',
  'kind: ',
  '? ',
];

/** What is printed by `inject`, and gives the manifest back through `uninject`. */
const manifests = target(
  'manifest',
  1,
  mutatedText(corpusTexts('manifest'), YAML_WORDS),
  async (manifest) => {
    const injected = await run(injectCommand, manifest);
    if (injected.code !== 0) {
      claim(injected.out === '' && injected.err !== '', 'refused, and nothing is printed');
      return;
    }
    const taken = await run(uninjectCommand, injected.out);
    claim(taken.code === 0, `what is printed can be read: ${taken.err}`);
    const again = await run(injectCommand, taken.out);
    claim(
      isDeepStrictEqual(valuesOf(again.out), valuesOf(injected.out)),
      'injected anew: the same',
    );
  },
);

const valuesOf = (text: string) => readDocuments(text).map(({ value }) => value);

async function run(command: typeof injectCommand, text: string) {
  const said = { out: '', err: '' };
  const terminal = {
    read: async () => text,
    print: (words: string) => {
      said.out += words;
    },
    printError: (words: string) => {
      said.err += words;
    },
  };
  const code = await command(['-f', '-'], terminal as unknown as Terminal);
  if (said.err !== '') claimPrintable(said.err, 64 * 1024);
  return { code, ...said };
}

/** The injector's own options, and its file of defaults. */
const settings = target(
  'injector-defaults',
  1,
  mutatedText(corpusTexts('config'), ['image: ', 'native-sidecar: ', 'cpu-limit: ', 'mesh: ']),
  async (yaml) => {
    const { faults } = await readSettings(['--defaults-file=d'], {}, async () => yaml);
    for (const { option, rule } of faults) claim(option !== '' && rule !== '', 'a fault says what');
  },
);

/** The commands that only read manifests, and say what they think of them. */
const readers = target(
  'manifest-readers',
  1,
  mutatedText(corpusTexts('manifest'), YAML_WORDS),
  async (manifest) => {
    for (const command of [wireCommand, lintCommand, podsCommand]) {
      const { code, out, err } = await run(command, manifest);
      claim(code === 0 || code === 1, `exit code ${code}`);
      claim(out !== '' || err !== '', 'it says what it found');
      if (command !== wireCommand && out !== '') claimPrintable(out, Number.POSITIVE_INFINITY);
      if (command === wireCommand && code === 0) readDocuments(out);
    }
  },
);

export const INJECTOR_TARGETS = [admission, manifests, settings, readers];
