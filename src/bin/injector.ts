import { setFlagsFromString } from 'node:v8';
import { runInjector } from '../injector/run.ts';

// A young generation that does not grow, as in the sidecar.
setFlagsFromString('--semi-space-growth-factor=1');

process.exitCode = await runInjector(process.argv.slice(2), process.env);
