import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CsvReader, parseCsv } from '../../src/adapters/csv.ts';
import { replayAdapter } from '../../src/adapters/replay.ts';
import { parseCutoffs } from '../../src/backtest/cutoffs-file.ts';
import { Rows } from '../../src/backtest/rows.ts';
import { seriesOfCsv } from '../../src/cli/csv-series.ts';
import { hpaCaseLines } from '../../src/replay/hpa-case.ts';
import { PromptClock } from '../adapters/test-server.ts';
import { corpusTexts } from './corpus.ts';
import { mutatedJson, mutatedText } from './mutations.ts';
import { accepted, claim, type Opened, type Target, target } from './target.ts';

const CSV_WORDS = [',', ';', '"', '""', 'timestamp', 'value', 'replicas', '1767225600', '1e11'];
const CSV_FAULTS = ['adapter_response', 'adapter_no_data', 'option_invalid'] as const;
/** Where the fault is: a line, the header, the file as a whole, a flag. */
const CSV_NAMES = /CSV (?:line \d+|header)|rows?\b|--step|--at/;
const STEPS_MAX = 10_000;
const SPAN_SECONDS_MAX = 1e6;

const csvs = mutatedText(corpusTexts('csv'), CSV_WORDS);

const csv = target('csv', 15, csvs, async (text) => {
  const samples = await accepted(() => parseCsv(text), CSV_FAULTS, CSV_NAMES);
  if (samples) {
    const { timesSeconds, values } = samples;
    claim(timesSeconds.every(Number.isFinite), 'every row has a time');
    claim(values.length === timesSeconds.length, 'and a value');
    claim(
      values.every((value) => Number.isNaN(value) || Number.isFinite(value)),
      'or none',
    );
  }
  const options = { stepSeconds: null, atSeconds: null, historyStepsMax: STEPS_MAX };
  const read = await accepted(() => seriesOfCsv(text, options), CSV_FAULTS, CSV_NAMES);
  if (!read) return;
  const { stepSeconds, cutoffSeconds } = read.series;
  claim(Number.isInteger(stepSeconds) && stepSeconds >= 1, `a step of ${stepSeconds} s`);
  claim(cutoffSeconds % stepSeconds === 0, `a cutoff at ${cutoffSeconds}`);
});

/** As `backtest` reads it: in pieces, with a column of replicas, onto a grid. */
const backtestCsv = target('backtest-csv', 2, csvs, async (text) => {
  const read = (pieceLength: number) => {
    const rows = new Rows();
    let oldest = Number.POSITIVE_INFINITY;
    let newest = Number.NEGATIVE_INFINITY;
    const reader = new CsvReader((time, value, replicas) => {
      [oldest, newest] = [Math.min(oldest, time), Math.max(newest, time)];
      rows.push(time, value, replicas);
    }, true);
    for (let at = 0; at < text.length; at += pieceLength) {
      reader.push(text.slice(at, at + pieceLength));
    }
    reader.end();
    // Grids of millions of steps are taken, but not in a moment.
    const isLong = newest - oldest > SPAN_SECONDS_MAX && newest - oldest < 1e6 * SPAN_SECONDS_MAX;
    return isLong ? null : rows.table(null);
  };
  const table = await accepted(() => read(text.length + 1), CSV_FAULTS, CSV_NAMES);
  const pieces = await accepted(() => read(7 + (text.length >> 5)), CSV_FAULTS, CSV_NAMES);
  if (!table || !pieces) {
    claim(table === pieces, 'read in pieces it is the same');
    return;
  }
  claim(
    Buffer.from(table.values.buffer).equals(Buffer.from(pieces.values.buffer)),
    'so is its grid',
  );
  const { stepSeconds, startSeconds, replicas } = table;
  claim(Number.isInteger(stepSeconds) && startSeconds % stepSeconds === 0, 'on the grid');
  claim(replicas === null || replicas.length === table.values.length, 'replicas beside values');
});

/** As a source of the sidecar. */
const replay: Target<string> = {
  name: 'replay-file',
  weight: 1,
  inputs: csvs,
  open: async (): Promise<Opened<string>> => {
    const folder = await mkdtemp(join(tmpdir(), 'kedastral-fuzz-'));
    const replayFile = join(folder, 'trace.csv');
    const clock = new PromptClock();
    const endSeconds = Math.floor(clock.nowMs() / 60_000) * 60;
    const range = { startSeconds: endSeconds - 7_140, endSeconds, stepSeconds: 60 };
    return {
      check: async (text) => {
        await writeFile(replayFile, text);
        const options = { replayFile, replaySpeed: 1, stepSeconds: 60 };
        const open = () => replayAdapter(options, clock);
        const adapter = await accepted(open, ['option_invalid'], /^replay-file /);
        const samples = await adapter?.collect(range, new AbortController().signal);
        const { timesSeconds = new Float64Array() } = samples ?? {};
        const ascends = timesSeconds.every(
          (time, i) => i === 0 || time >= (timesSeconds[i - 1] ?? 0),
        );
        claim(ascends, 'times ascend');
      },
      close: () => rm(folder, { recursive: true }),
    };
  },
};

const cutoffs = target('cutoffs', 10, mutatedJson(corpusTexts('cutoffs')), async (text) => {
  const file = await accepted(() => parseCutoffs(text), ['option_invalid'], /^cutoffs: /);
  for (const entry of file?.values() ?? []) {
    const { points, stepSeconds, horizonSteps, windowSteps } = entry;
    claim(
      [points, stepSeconds, horizonSteps, windowSteps].every(Number.isInteger),
      'whole numbers',
    );
    claim(
      entry.cutoffs.every((cutoff) => cutoff < points),
      'cutoffs within the series',
    );
  }
});

/** Syncs looked at of one case. */
const LINES_MAX = 200;

const hpaCase = target('hpa-case', 5, mutatedJson(corpusTexts('hpa-case')), async (text) => {
  const readFile = (path: string) => {
    if (path !== 'a.csv') throw new Error('ENOENT');
    return 't,value\n0,3\n60,5\n90,\n';
  };
  await accepted(
    () => {
      let count = 0;
      for (const line of hpaCaseLines(text, readFile)) {
        const { t, specAfter, values } = JSON.parse(line);
        claim(Number.isFinite(t) && Number.isInteger(specAfter) && specAfter >= 0, line);
        claim(typeof values === 'object', line);
        if (++count === LINES_MAX) break;
      }
    },
    ['option_invalid'],
    /^case: /,
  );
});

export const FILE_TARGETS = [csv, backtestCsv, replay, cutoffs, hpaCase];
