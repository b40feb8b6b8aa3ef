import type { MessagePort } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { asFault } from '../errors.ts';
import { loadKernel } from '../wasm/load.ts';
import type { Answer } from './runner.ts';
import { type ForecastTask, runTask } from './task.ts';

/** A worker thread: answers each task that comes on the port. */
export function serveTasks(port: MessagePort): void {
  const kernel = loadKernel();
  const signal = new AbortController().signal;
  port.on('message', async (task: ForecastTask) => {
    try {
      const result = await runTask(await kernel, task, systemClock, signal);
      const answer: Answer = { result };
      port.postMessage(answer, [result.quantiles.buffer as ArrayBuffer]);
    } catch (thrown) {
      const { code, message } = asFault(thrown, 'model');
      const answer: Answer = { code, message };
      port.postMessage(answer);
    }
  });
}
