import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { goTool } from '../parts/go-tools.ts';
import { ENVIRONMENT } from './environment.ts';

/** What helm prints, on the cluster of the tests. @throws with its complaints when it fails */
export async function helm(...args: readonly string[]): Promise<string> {
  const tool = goTool('helm');
  if (tool === null) throw new Error('helm is not built: run .config/parts.mjs');
  const env = { ...process.env, KUBECONFIG: ENVIRONMENT.kubeconfig };
  return (await promisify(execFile)(tool, args, { env, maxBuffer: 2 ** 26 })).stdout;
}
