// Rewrites README's generated tables in place; run through tsx, as it reads them from src/.
import { readFileSync, writeFileSync } from 'node:fs';
import { optionName } from '../src/config/option.ts';
import { optionsMarkdown, withSection } from '../src/config/render.ts';
import { FAULTS } from '../src/errors.ts';
import { InjectorMetrics } from '../src/injector/metrics.ts';
import { INJECTION_OPTIONS } from '../src/injector/options.ts';
import { CODES } from '../src/lint/finding.ts';
import { Metrics } from '../src/telemetry/metrics.ts';

const README = new URL('../README.md', import.meta.url);

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const faults = Object.entries(FAULTS).map(([code, { status, meaning }]) => [
  `\`${code}\``,
  status,
  meaning,
]);

/** Rows of README for the metrics of a registry, Node's own left out. */
function metricRows({ registry }) {
  return registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('kedastral_'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, labelNames, help, constructor: { name: kind } }) => [
      `\`${name}\``,
      kind.toLowerCase(),
      labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    ]);
}

const injection = Object.entries(INJECTION_OPTIONS).map(([field, row]) => [
  `\`kedastral.io/${optionName(field)}\``,
  row.default === '' ? '' : `\`${row.default}\``,
  row.kind.rule,
  row.doc,
]);

const METRICS_HEAD = ['metric', 'kind', 'labels', 'meaning'];
const metrics = metricRows(new Metrics({ nowMs: () => 0 }, ''));
const injectorMetrics = metricRows(new InjectorMetrics());

let readme = readFileSync(README, 'utf8');
readme = withSection(readme, 'options', optionsMarkdown());
readme = withSection(readme, 'faults', table(['code', 'status', 'meaning'], faults));
readme = withSection(readme, 'metrics', table(METRICS_HEAD, metrics));
const annotationHead = ['annotation', 'default', 'must be', 'meaning'];
readme = withSection(readme, 'injection', table(annotationHead, injection));
readme = withSection(readme, 'injector-metrics', table(METRICS_HEAD, injectorMetrics));
const codes = Object.entries(CODES).map(([code, why]) => [`\`${code}\``, why]);
readme = withSection(readme, 'lint', table(['code', 'why'], codes));
writeFileSync(README, readme);
