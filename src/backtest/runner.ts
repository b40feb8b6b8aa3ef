import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import { asFault, type FaultCode, KedastralError } from '../errors.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type ForecastTask, runTask, type TaskResult } from './task.ts';

/** Runs tasks and hands over each result in the order of the tasks. */
export interface TaskRunner {
  /**
   * Resolves when all is done, or when the signal is aborted: then the rest was not done.
   *
   * @param tasks taken one by one, when there is somebody to do them
   * @throws KedastralError of a task that failed
   */
  run(
    tasks: Iterable<ForecastTask>,
    onResult: (task: ForecastTask, result: TaskResult) => void,
    signal: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}

/** What a worker answers to a task. */
export type Answer =
  | { readonly result: TaskResult }
  | { readonly code: FaultCode; readonly message: string };

/** Does the tasks on this thread. */
export function inlineRunner(kernel: Kernel, clock: Clock): TaskRunner {
  return {
    async run(tasks, onResult, signal) {
      for (const task of tasks) {
        if (signal.aborted) return;
        try {
          onResult(task, await runTask(kernel, task, clock, signal));
        } catch (thrown) {
          if (signal.aborted) return;
          throw thrown;
        }
      }
    },
    close: async () => undefined,
  };
}

/** The data that tells the program's bundle that it was started as a worker. */
export const WORKER_DATA = 'kedastral-backtest-worker';

/**
 * Does the tasks on worker threads, one kernel each.
 *
 * @param url a bundle that calls `serveTasks` when its workerData is WORKER_DATA
 */
export function workerRunner(url: URL, count: number): TaskRunner {
  const workers = Array.from({ length: count }, () => new Worker(url, { workerData: WORKER_DATA }));
  return {
    run: (tasks, onResult, signal) => runOn(workers, tasks, onResult, signal),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function runOn(
  workers: readonly Worker[],
  tasks: Iterable<ForecastTask>,
  onResult: (task: ForecastTask, result: TaskResult) => void,
  signal: AbortSignal,
): Promise<void> {
  const iterator = tasks[Symbol.iterator]();
  const finished = new Map<number, { task: ForecastTask; result: TaskResult }>();
  let given = 0;
  let handed = 0;
  const handOver = () => {
    for (let next = finished.get(handed); next; next = finished.get(handed)) {
      finished.delete(handed++);
      onResult(next.task, next.result);
    }
  };
  const work = async (worker: Worker): Promise<void> => {
    for (;;) {
      const { value: task, done } = iterator.next();
      if (done || signal.aborted) return;
      const k = given++;
      const answer = await ask(worker, task, signal);
      if (answer === null) return;
      if ('code' in answer) throw new KedastralError(answer.code, 'model', answer.message);
      finished.set(k, { task, result: answer.result });
      handOver();
    }
  };
  return Promise.all(workers.map(work)).then(() => undefined);
}

/** One task at a time; null when the signal was aborted first. */
function ask(worker: Worker, task: ForecastTask, signal: AbortSignal): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onMessage = (answer: Answer) => done(() => resolve(answer));
    const onError = (error: unknown) => done(() => reject(asFault(error, 'model')));
    const onExit = () => {
      const message = 'a worker thread ended by itself';
      done(() => reject(new KedastralError('internal', 'model', message)));
    };
    const onAbort = () => done(() => resolve(null));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    signal.addEventListener('abort', onAbort);
    worker.postMessage(task);
  });
}
