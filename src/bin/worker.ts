import { parentPort, workerData } from 'node:worker_threads';
import { POOL_WORKER_DATA } from '../loop/pool-protocol.ts';
import { serveForecasts } from '../loop/pool-worker.ts';

if (parentPort && workerData === POOL_WORKER_DATA) serveForecasts(parentPort);
