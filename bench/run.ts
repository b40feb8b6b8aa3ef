import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Row } from './row.ts';

const BENCHES = [
  'kernel',
  'smoothing',
  'loop',
  'faces',
  'process',
  'injector',
  'accuracy',
  'ablation',
  'poison',
  'replay',
  'workloads',
] as const;

/** The model is that of the benches which forecast; the others have none. */
type Bench = (model?: string) => Promise<Row[]>;

const { values: options } = parseArgs({
  options: { json: { type: 'string' }, only: { type: 'string' }, model: { type: 'string' } },
});
const chosen = options.only?.split(',') ?? BENCHES;
const unknown = chosen.filter((name) => !BENCHES.includes(name as (typeof BENCHES)[number]));
if (unknown.length > 0) {
  process.stderr.write(`--only ${unknown.join(',')}: known are ${BENCHES.join(', ')}\n`);
  process.exit(64);
}

const rows: Row[] = [];
for (const name of chosen) {
  const { bench } = (await import(`./${name}.ts`)) as { bench: Bench };
  const made = await bench(options.model);
  process.stdout.write(`\n${name}\n${table(made)}`);
  rows.push(...made);
}
const goals = rows.filter((row) => row.met !== null);
const met = goals.filter((row) => row.met);
process.stdout.write(`\n${met.length} of ${goals.length} goals met\n`);
if (options.json) {
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    date: new Date(performance.timeOrigin).toISOString(),
  };
  writeFileSync(options.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}

function table(of: readonly Row[]): string {
  const cells = of.map((row) => [
    row.name,
    `${short(row.measured)} ${row.unit}`,
    row.goal === null ? '' : short(row.goal),
    row.met === null ? '' : row.met ? 'met' : 'MISSED',
    row.peer === null ? '' : `${short(row.peer)} (${row.peerName})`,
    row.ratio === null ? '' : `${short(row.ratio)}×`,
  ]);
  const lines = [['what', 'measured', 'goal', '', 'peer', 'ratio'], ...cells];
  const widths = lines[0]?.map((_, k) => Math.max(...lines.map((line) => line[k]?.length ?? 0)));
  return lines
    .map((line) => `  ${line.map((cell, k) => cell.padEnd(widths?.[k] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
    .concat('\n');
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
