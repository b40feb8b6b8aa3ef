// Pins what hpajudge says of the seeded random cases:
//   KEDASTRAL_HPAJUDGE=…/hpajudge npx tsx test/replay/pin-cases.ts 300 2026-11-21
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { JUDGE_VARIABLE, judge } from './judge.ts';
import { randomCase } from './random-case.ts';

const [count = '', date = ''] = process.argv.slice(2);
const binary = process.env[JUDGE_VARIABLE];
if (!binary || !(Number(count) > 0) || date === '') {
  process.stderr.write(`${JUDGE_VARIABLE}=<binary> tsx test/replay/pin-cases.ts <count> <date>\n`);
  process.exit(64);
}
const provenance = {
  judge: 'hpajudge: podautoscaler.HorizontalController of k8s.io/kubernetes v1.36.3, Go 1.26',
  command: `npx tsx test/replay/pin-cases.ts ${count} ${date}`,
  date,
};
const rows = [JSON.stringify(provenance)];
for (let seed = 0; seed < Number(count); seed++) {
  const text = JSON.stringify(randomCase(seed));
  rows.push(JSON.stringify({ seed, case: JSON.parse(text), syncs: judge(binary, text) }));
}
writeFileSync(
  new URL('./hpajudge.ndjson.gz', import.meta.url),
  gzipSync(rows.join('\n'), { level: 9 }),
);
