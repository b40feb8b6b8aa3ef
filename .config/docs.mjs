// Rewrites the pages' generated tables in place; run through tsx, as it reads them from src/.
import { readFileSync, writeFileSync } from 'node:fs';
import { optionName } from '../src/config/option.ts';
import { optionsMarkdown, withSection } from '../src/config/render.ts';
import { FAULTS } from '../src/errors.ts';
import { InjectorMetrics } from '../src/injector/metrics.ts';
import { INJECTION_OPTIONS } from '../src/injector/options.ts';
import { CODES } from '../src/lint/finding.ts';
import { Metrics } from '../src/telemetry/metrics.ts';

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const faults = Object.entries(FAULTS).map(([code, { status, meaning }]) => [
  `\`${code}\``,
  status,
  meaning,
]);

/** Rows for the metrics of a registry, Node's own left out. */
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

const annotationHead = ['annotation', 'default', 'must be', 'meaning'];
const codes = Object.entries(CODES).map(([code, why]) => [`\`${code}\``, why]);

const PAGES = {
  '../README.md': { options: optionsMarkdown(), metrics: table(METRICS_HEAD, metrics) },
  '../manifests/README.md': {
    injection: table(annotationHead, injection),
    'injector-metrics': table(METRICS_HEAD, injectorMetrics),
    lint: table(['code', 'why'], codes),
  },
  '../manifests/FAILURES.md': { faults: table(['code', 'status', 'meaning'], faults) },
};
for (const [path, sections] of Object.entries(PAGES)) {
  const page = new URL(path, import.meta.url);
  const text = Object.entries(sections).reduce(
    (before, [name, markdown]) => withSection(before, name, markdown),
    readFileSync(page, 'utf8'),
  );
  writeFileSync(page, text);
}
