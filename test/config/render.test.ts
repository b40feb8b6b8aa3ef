import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { envName, optionName } from '../../src/config/option.ts';
import { OPTION_FIELDS, OPTIONS } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { helpText, optionsMarkdown, printConfig, withSection } from '../../src/config/render.ts';

const parse = (argv: string[], file = '') => parseOptions(argv, {}, async () => file);

describe('helpText', () => {
  it('has every option with its variable, in lines of at most 100 characters', () => {
    const help = helpText();
    for (const field of OPTION_FIELDS) {
      expect(help).toContain(`  --${optionName(field)}`);
      if (!('isFlagOnly' in OPTIONS[field])) expect(help).toContain(`$${envName(field)}`);
    }
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('printConfig', () => {
  const argv = [
    ...['--workload', 'a/b', '--step', '30s', '--settle', '500ms', '--quantile-level', 'p99.9'],
    ...['--arima-d', 'none', '--arima-p', '3', '--listen', '[::1]:0', '--metric', 'a: b #c'],
    ...['--prom-url', 'http://u:hunter2@a', '--prom-query', 'sum(rate(x{y="z\\n"}[2m]))'],
    ...['--prom-bearer-token', 'hunter2', '--prom-header', 'A: hunter2', '--prom-header', 'B: hu'],
    ...['--redis-addr', 'rediss://x:hunter2@h:1/0', '--injected'],
  ];

  it('masks secrets', async () => {
    const parsed = await parse(argv);
    expect(parsed.faults).toEqual([]);
    const config = printConfig(parsed);
    expect(config).not.toContain('hunter2');
    expect(config).toContain('prom-bearer-token: "***" # flag\n');
    expect(config).toContain('prom-header: ["A: ***","B: ***"] # flag\n');
    expect(config).toContain('redis-addr: "rediss://x:***@h:1/0" # flag\n');
    expect(config).toContain('prom-url: "http://u:***@a" # flag\n');
  });

  it('is a config file that gives the same options, but for the secrets', async () => {
    const parsed = await parse(argv);
    const { options } = parsed;
    const again = await parse(['--config', 'file.yaml'], printConfig(parsed));
    expect(again.faults).toEqual([]);
    expect(again.options).toEqual({
      ...options,
      promUrl: 'http://u:***@a',
      promBearerToken: '***',
      promHeaders: { A: '***', B: '***' },
      redisAddr: 'rediss://x:***@h:1/0',
    });
  });

  it('gives the defaults back', async () => {
    const parsed = await parse([]);
    const { options } = parsed;
    const again = await parse(['--config', 'file.yaml'], printConfig(parsed));
    expect(again.faults).toEqual([]);
    expect(again.options).toEqual(options);
  });
});

describe('README.md', () => {
  it('has the table of options as it is; `npm run docs` writes it', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    expect(withSection(readme, 'options', optionsMarkdown())).toBe(readme);
  });
});
