import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { InjectorMetrics } from '../../src/injector/metrics.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ROOT } from '../house/sources.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { VirtualClock } from '../virtual-clock.ts';

const MONITORING = join(ROOT, 'manifests/monitoring');
const run = promisify(execFile);
const read = (name: string) => parse(readFileSync(join(MONITORING, name), 'utf8'));

describe('the rules', () => {
  it('are what promtool takes', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', join(MONITORING, 'rules.yaml')]);
    expect(stdout).toContain('SUCCESS');
  });

  it('fire in their cases, and there alone', async () => {
    const { stdout } = await run('promtool', ['test', 'rules', 'test/manifests/rules.yaml'], {
      cwd: ROOT,
    });
    expect(stdout).toContain('SUCCESS');
  });

  it('let a healthy workload with its own memory alone, by all that it exports', async () => {
    const sidecar = await Sidecar.start(['--workload=shop/healthy']);
    await sidecar.forecast();
    const series = (await sidecar.text('/metrics')).split('\n').flatMap((line) => {
      const [, name, value] = /^(kedastral_.*)\} (-?[\d.e+-]+)$/.exec(line) ?? [];
      if (name === undefined) return [];
      return [{ series: `${name}, job="k", instance="a"}`, values: `${value}x60` }];
    });
    expect(series.length).toBeGreaterThan(40);
    const quiet = (minute: number) => ({
      ...{ expr: 'ALERTS', eval_time: `${minute}m`, exp_samples: [] },
    });
    const file = join(temporaryFolder(), 'healthy.yaml');
    const promql_expr_test = [5, 20, 45].map(quiet);
    const tests = [{ interval: '1m', input_series: series, promql_expr_test }];
    const rule_files = [join(MONITORING, 'rules.yaml')];
    await writeFile(file, stringify({ rule_files, evaluation_interval: '1m', tests }));
    const { stdout } = await run('promtool', ['test', 'rules', file]);
    expect(stdout).toContain('SUCCESS');
  });

  it('each have a case in which they fire', () => {
    const cases = readFileSync(join(ROOT, 'test/manifests/rules.yaml'), 'utf8');
    const alerts = alertsIn(read('rules.yaml').groups);
    expect(alerts.length).toBeGreaterThan(8);
    expect(alerts.filter((name) => !cases.includes(name))).toEqual([]);
  });

  it('are the same for the Prometheus Operator', () => {
    expect(read('prometheusrule.yaml').spec).toEqual(read('rules.yaml'));
  });

  it('and the dashboard ask for metrics that there are', () => {
    const registries = [
      new Metrics(new VirtualClock(0), '').registry,
      new InjectorMetrics().registry,
    ];
    const known = registries.flatMap((registry) => registry.getMetricsAsArray());
    const names = new Set(known.map(({ name }) => name));
    for (const file of ['rules.yaml', 'dashboard.json']) {
      const text = readFileSync(join(MONITORING, file), 'utf8');
      const asked = text.matchAll(/(?<![:\w])kedastral_(?!injector\.)[a-z_]+/g);
      const unknown = [...asked].filter(
        ([name]) => !names.has(name.replace(/_(?:bucket|count)$/, '')),
      );
      expect(unknown.map(String), file).toEqual([]);
    }
  });
});

function alertsIn(groups: { rules: { alert?: string }[] }[]): string[] {
  return groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
}
