import { runSidecar } from '../cli/sidecar.ts';

process.exitCode = await runSidecar(process.argv.slice(2), process.env);
