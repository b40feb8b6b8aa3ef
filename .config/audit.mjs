// Fails on a known vulnerability of high or critical severity in any dependency. Where the
// registry's audit endpoint cannot be asked, this says why and lets the rest of the checks run.
import { spawnSync } from 'node:child_process';

const { stdout, error } = spawnSync('npm', ['audit', '--json', '--audit=true'], {
  encoding: 'utf8',
  timeout: 120_000,
});

function parsed(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return {};
  }
}

const report = parsed(stdout);
const counts = report.metadata?.vulnerabilities;
if (!counts) {
  const reason = report.message ?? report.error?.summary ?? error?.message ?? 'no report came';
  console.log(`npm audit: NOT DONE, the registry could not be asked: ${reason}`);
  process.exit(0);
}

const severe = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) =>
  ['high', 'critical'].includes(severity),
);
for (const { name, severity, range } of severe) console.error(`${severity}: ${name} ${range}`);
console.log(`npm audit: ${severe.length} high or critical of ${counts.total} known`);
process.exit(severe.length > 0 ? 1 : 0);
