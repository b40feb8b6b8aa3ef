// Rewrites README's table of options in place; run through tsx, as it reads the table from src/.
import { readFileSync, writeFileSync } from 'node:fs';
import { withOptionsTable } from '../src/config/render.ts';

const README = new URL('../README.md', import.meta.url);
writeFileSync(README, withOptionsTable(readFileSync(README, 'utf8')));
