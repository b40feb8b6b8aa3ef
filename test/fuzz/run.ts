import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';
import type { Job } from './worker.ts';

const USAGE = `Usage: npm run fuzz -- [--runs N] [--seed S] [--only TARGET] [--path P]

Feeds N (1,000,000) mutated inputs to everything that reads what others write.
Targets: ${TARGETS.map(({ name }) => name).join(', ')}
`;
const THREADS = 2;
const HEAP_MEGABYTES_MAX = 512;
/** A thread that has been at one input for so long is hung. */
const HUNG_MS = 30_000;
const SECOND_MS = 1_000;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    path: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const chosen = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
if (values.help || chosen.length === 0 || !(runs >= 1) || !Number.isInteger(seed)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 64);
}

const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
const waiting = [...chosen].sort((a, b) => b.weight - a.weight);
const faults: string[] = [];
let done = 0;

async function work(): Promise<void> {
  for (let target = waiting.shift(); target; target = waiting.shift()) {
    const count = Math.ceil((runs * target.weight) / weights);
    const startedMs = performance.now();
    const fault = await fuzzed(target, values.path === undefined ? count : 1);
    const seconds = ((performance.now() - startedMs) / SECOND_MS).toFixed(1);
    const outcome = fault === null ? 'no fault' : 'FAULT';
    process.stdout.write(`${target.name}: ${count} inputs, ${seconds} s, ${outcome}\n`);
    done += count;
    if (fault !== null) faults.push(fault);
  }
}

/** Runs a target on a thread of its own, watched: what is wrong, or null. */
function fuzzed({ name }: Target, count: number): Promise<string | null> {
  const inputs = new Int32Array(new SharedArrayBuffer(4));
  const job: Job = { name, seed, runs: count, path: values.path, inputs };
  const file = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  // Threads do not inherit the loader of TypeScript.
  const start = `import('tsx/esm/api').then(({ register }) => (register(), import(${file})))`;
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MEGABYTES_MAX };
  const worker = new Worker(start, { eval: true, workerData: job, resourceLimits });
  return new Promise((resolve) => {
    let fault: string | null = `${name}: the thread ended before its time`;
    let seen = 0;
    let seenMs = performance.now();
    const watch = setInterval(() => {
      if (inputs[0] !== seen) [seen, seenMs] = [inputs[0] ?? 0, performance.now()];
      if (performance.now() - seenMs < HUNG_MS) return;
      fault = `${name}: hung at input ${seen}\nsee it again: --only ${name} --seed ${seed} --runs`;
      void worker.terminate();
    }, SECOND_MS);
    worker.on('message', (said: string | null) => {
      fault = said;
    });
    worker.on('error', (error) => {
      const replay = `--only ${name} --seed ${seed}`;
      fault = `${name}: ended at input ${inputs[0]}: ${error.stack}\nsee it again: ${replay}`;
    });
    worker.on('exit', () => {
      clearInterval(watch);
      resolve(fault);
    });
  });
}

await Promise.all(Array.from({ length: THREADS }, work));
for (const fault of faults) process.stderr.write(`\n${fault}\n`);
process.stdout.write(`${done} inputs, seed ${seed}, ${faults.length} faults\n`);
process.exitCode = faults.length > 0 ? 1 : 0;
