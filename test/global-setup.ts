import { execFileSync } from 'node:child_process';

/** Tests run what is built: bring dist/ up to date with the sources. */
export default function setup(): void {
  execFileSync(process.execPath, ['.config/build.mjs', '--if-stale'], { stdio: 'inherit' });
}
