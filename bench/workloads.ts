import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cost, type Row } from './row.ts';
import { ServerProcess } from './server-process.ts';

const SOURCE = fileURLToPath(new URL('./workloads-source.ts', import.meta.url));
const WORKLOADS = 1_000;
const INTERVAL_SECONDS = 30;
const CORES = 2;
/** The first ticks were late. Then two steps: in each, one interval has new forecasts, one none. */
const MEASURED_INTERVALS = 4;
const POLL_MS = 500;
const US_PER_SECOND = 1e6;

interface Shown {
  readonly state: string;
  readonly ageSeconds?: number;
}

async function shown({ httpPort }: ServerProcess): Promise<readonly Shown[]> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/workloads`).catch(() => null);
  const answer = (await response?.json()) as { workloads: readonly Shown[] } | undefined;
  return answer?.workloads ?? [];
}

function configOf(count: number, sourcePort: number): string {
  const shared = `prom-url: http://127.0.0.1:${sourcePort}\nlog-level: error\n`;
  const entries = Array.from(
    { length: count },
    (_, i) => `  - workload: shop/w${i}\n    prom-query: requests_${i}\n`,
  );
  return `${shared}workloads:\n${entries.join('')}`;
}

/** Many workloads of the default model, 14 days at a minute each, in one process. */
export async function measure(count: number, intervals = MEASURED_INTERVALS): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kedastral-bench-'));
  const source = spawn(process.execPath, ['--import', 'tsx', SOURCE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(source.stdout, 'data');
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configOf(count, Number(line)));
  const server = await ServerProcess.spawn(['--config', config]);
  try {
    const isAll = async (): Promise<boolean> => {
      await delay(POLL_MS);
      const all = await shown(server);
      return all.length === count && all.every(({ state }) => state === 'fresh');
    };
    const coldSeconds = (await server.until(isAll)) / 1_000;
    const coldCpuSeconds = server.cpuUs() / US_PER_SECOND;
    await delay(2 * INTERVAL_SECONDS * 1_000);
    const fromUs = server.cpuUs();
    let oldestSeconds = 0;
    for (let left = intervals * INTERVAL_SECONDS; left > 0; left--) {
      await delay(1_000);
      for (const { ageSeconds = 0 } of await shown(server)) {
        oldestSeconds = Math.max(oldestSeconds, ageSeconds);
      }
    }
    const cpuSeconds = (server.cpuUs() - fromUs) / US_PER_SECOND / intervals;
    const of = `${count} workloads: `;
    return [
      cost({ name: `${of}start → all forecast`, unit: 's', measured: coldSeconds }),
      cost({ name: `${of}CPU until then`, unit: 's', measured: coldCpuSeconds }),
      cost({
        name: `${of}CPU an interval of ${INTERVAL_SECONDS} s, of ${CORES} cores`,
        unit: 's',
        measured: cpuSeconds,
        goal: CORES * INTERVAL_SECONDS,
      }),
      // A tick's forecast is in force 5 s after it, until that of the next one is.
      cost({
        name: `${of}oldest forecast served, on ${cpus().length} cores`,
        unit: 's',
        measured: oldestSeconds,
        goal: 2 * INTERVAL_SECONDS,
      }),
      cost({
        name: `${of}resident memory of each`,
        unit: 'MB',
        measured: server.memoryMb().resident / count,
      }),
    ];
  } finally {
    await server.stop();
    source.kill();
    rmSync(folder, { recursive: true });
  }
}

export async function bench(): Promise<Row[]> {
  return measure(WORKLOADS);
}
