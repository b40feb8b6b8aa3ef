// Rewrites README's generated tables in place; run through tsx, as it reads them from src/.
import { readFileSync, writeFileSync } from 'node:fs';
import { optionsMarkdown, withSection } from '../src/config/render.ts';
import { FAULTS } from '../src/errors.ts';
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

const { registry } = new Metrics({ nowMs: () => 0 }, '');
const metrics = registry
  .getMetricsAsArray()
  .filter(({ name }) => name.startsWith('kedastral_'))
  .sort((a, b) => (a.name < b.name ? -1 : 1))
  .map(({ name, labelNames, help, constructor: { name: kind } }) => [
    `\`${name}\``,
    kind.toLowerCase(),
    labelNames.map((label) => `\`${label}\``).join(', '),
    help,
  ]);

let readme = readFileSync(README, 'utf8');
readme = withSection(readme, 'options', optionsMarkdown());
readme = withSection(readme, 'faults', table(['code', 'status', 'meaning'], faults));
readme = withSection(readme, 'metrics', table(['metric', 'kind', 'labels', 'meaning'], metrics));
writeFileSync(README, readme);
