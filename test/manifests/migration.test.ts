import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { optionName } from '../../src/config/option.ts';
import { OPTION_FIELDS } from '../../src/config/options.ts';
import { CODES } from '../../src/lint/finding.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ROOT } from '../house/sources.ts';
import { VirtualClock } from '../virtual-clock.ts';

const TEXT = readFileSync(join(ROOT, 'manifests/MIGRATION.md'), 'utf8');
const NAMES = new Set(OPTION_FIELDS.map(optionName));
/** The right-hand cells of the tables under a heading. */
function cellsUnder(heading: string): string {
  const [, section = ''] = TEXT.split(`\n## ${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  expect(rows.length, heading).toBeGreaterThan(4);
  return rows.flatMap((row) => row.split('|').slice(2)).join('\n');
}

it('the note for users of the Go version names flags that there are', () => {
  const named = [...cellsUnder('Flags').matchAll(/--([a-z][a-z0-9-]*)/g)].map(
    ([, name = '']) => name,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !NAMES.has(name))).toEqual([]);
});

it.each(['The file of workloads', 'ForecastPolicy and DataSource'])(
  '%s: so are its keys',
  (heading) => {
    const named = [...cellsUnder(heading).matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(
      ([, name]) => name,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !NAMES.has(String(name)))).toEqual([]);
  },
);

it('the one for users of an HPA names options, annotations and a finding that there are', () => {
  const [, section = ''] = TEXT.split('\n# Coming from a plain HorizontalPodAutoscaler\n');
  const words = [...section.matchAll(/`(?:kedastral\.io\/)?([a-z]+(?:-[a-z]+)*)(?:: [^`]*)?`/g)];
  const options = words.map(([, name = '']) => name).filter((name) => name.includes('-'));
  expect(options.length).toBeGreaterThan(5);
  expect(options.filter((name) => !NAMES.has(name))).toEqual([]);
  expect(CODES).toHaveProperty('target_shared');
});

it('it names every metric that the Go version had and that there is', () => {
  const { registry } = new Metrics(new VirtualClock(0), '');
  const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const [, section = ''] = TEXT.split('\n## Metrics\n');
  const named = [...section.matchAll(/`(kedastral_[a-z_]+)/g)].map(([, name = '']) => name);
  const gone = named.filter((name) => !known.has(name));
  expect(gone).toEqual(['kedastral_scaler_grpc_requests_total']);
});
