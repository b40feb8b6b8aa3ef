/** `npm run test:cluster`: the cluster that KUBECONFIG names, or none, and then it says so. */
import { spawnSync } from 'node:child_process';
import { ROOT } from '../house/sources.ts';
import { ENVIRONMENT } from './environment.ts';

const VITEST = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'test/cluster/vitest.config.ts',
];

if (ENVIRONMENT.kubeconfig === '') {
  process.stdout.write(
    'SKIPPED: no test on a real cluster has run: set KUBECONFIG to one with KEDA that is of no ' +
      'other use (README, Develop).\n',
  );
} else {
  const args = [...VITEST, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
