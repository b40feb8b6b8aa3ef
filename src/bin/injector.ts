import { runInjector } from '../injector/run.ts';

process.exitCode = await runInjector(process.argv.slice(2), process.env);
