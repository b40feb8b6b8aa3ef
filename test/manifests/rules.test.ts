import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { InjectorMetrics } from '../../src/injector/metrics.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ROOT } from '../house/sources.ts';
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
      const unknown = [...asked].filter(([name]) => !names.has(name.replace(/_bucket$/, '')));
      expect(unknown.map(String), file).toEqual([]);
    }
  });
});

function alertsIn(groups: { rules: { alert?: string }[] }[]): string[] {
  return groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
}
