// Rewrites README's table of options in place; run through tsx, as it reads the table from src/.
import { readFileSync, writeFileSync } from 'node:fs';
import { optionsMarkdown, withSection } from '../src/config/render.ts';

const README = new URL('../README.md', import.meta.url);
const readme = readFileSync(README, 'utf8');
writeFileSync(README, withSection(readme, 'options', optionsMarkdown()));
