import { parentPort, workerData } from 'node:worker_threads';
import { cleanUp } from '../parts/program.ts';
import { FoundFault, fuzz } from './run-target.ts';
import { TARGETS } from './targets.ts';

/** What a thread is to do; `inputs` counts, for the one who watches it, what it has begun. */
export interface Job {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
  readonly path: string | undefined;
  readonly inputs: Int32Array;
}

const { name, inputs, ...runs } = workerData as Job;
const target = TARGETS.find((each) => each.name === name);
if (!target) throw new Error(`no target ${name}`);
process.on('unhandledRejection', (thrown) => {
  throw thrown;
});
try {
  await fuzz(target, { ...runs, onInput: () => Atomics.add(inputs, 0, 1) });
  parentPort?.postMessage(null);
} catch (thrown) {
  parentPort?.postMessage(thrown instanceof FoundFault ? thrown.message : `${name}: ${thrown}`);
} finally {
  await cleanUp();
}
