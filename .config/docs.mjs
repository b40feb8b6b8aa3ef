// Rewrites README's generated tables in place; run through tsx, as it reads them from src/.
import { readFileSync, writeFileSync } from 'node:fs';
import { optionsMarkdown, withSection } from '../src/config/render.ts';
import { FAULTS } from '../src/errors.ts';

const README = new URL('../README.md', import.meta.url);

const faultRows = Object.entries(FAULTS).map(
  ([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |\n`,
);
const faultsMarkdown = `| code | status | meaning |\n| --- | --- | --- |\n${faultRows.join('')}`;

let readme = readFileSync(README, 'utf8');
readme = withSection(readme, 'options', optionsMarkdown());
readme = withSection(readme, 'faults', faultsMarkdown);
writeFileSync(README, readme);
