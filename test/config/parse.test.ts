import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFaults } from '../../src/config/faults.ts';
import { envName, optionName } from '../../src/config/option.ts';
import { OPTION_FIELDS, OPTIONS } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { HISTORY_STEPS_MAX, HORIZON_STEPS_MAX, RULES } from '../../src/config/rules.ts';
import { loadKernel } from '../kernel.ts';

type Env = Record<string, string>;

const noFile = () => Object.assign(new Error('no such file'), { code: 'ENOENT' });

function parse(argv: string[], env: Env = {}, file = '') {
  const read = async (path: string) => {
    if (path === 'file.yaml') return file;
    throw noFile();
  };
  return parseOptions(argv, env, read, async () => undefined);
}

async function parseFile(file: string, argv: string[] = [], env: Env = {}) {
  return parse(['--config', 'file.yaml', ...argv], env, file);
}

/** `option: rule` of each fault. */
async function faultsOf(argv: string[], env: Env = {}, file?: string): Promise<string[]> {
  const parsed = await (file === undefined ? parse(argv, env) : parseFile(file, argv, env));
  return parsed.faults.map(({ option, rule }) => `${option}: ${rule}`);
}

describe('defaults', () => {
  it('hold together', async () => {
    const { options, faults } = await parse([]);
    expect(faults).toEqual([]);
    expect(options).toMatchObject({
      workload: { namespace: null, name: 'my-api' },
      identity: 'my-api',
      metric: 'http_rps',
      adapter: 'synthetic',
      listen: { host: '', port: 8081 },
      grpcListen: { host: '', port: 50_051 },
      stepSeconds: 60,
      horizonSeconds: 1800,
      intervalSeconds: 30,
      settleSeconds: 5,
      windowSeconds: 1800,
      historySeconds: 1_209_600,
      leadTimeSeconds: 300,
      staleAfterSeconds: 120,
      redisTtlSeconds: 1800,
      arimaP: 'auto',
      sarimaS: 'auto',
      quantileLevel: 0,
      minReplicas: 2,
      maxReplicas: 50,
      promUrl: null,
      promHeaders: {},
      injected: false,
    });
  });

  it('limit steps to what the kernel holds', async () => {
    const kernel = await loadKernel();
    expect(HISTORY_STEPS_MAX).toBe(kernel.historyCapacity);
    expect(HORIZON_STEPS_MAX).toBe(kernel.horizonCapacity);
  });
});

describe('flags', () => {
  it.each([[['--max', '9']], [['--max=9']], [['-max', '9']], [['-max=9']]])('%j', async (argv) => {
    const { options, given } = await parse(argv);
    expect(options.maxReplicas).toBe(9);
    expect(given.maxReplicas).toEqual({ text: '9', origin: 'flag' });
  });

  it.each([
    [['--injected'], true],
    [['-injected'], true],
    [['--injected=false'], false],
    [['--injected', 'false'], false],
    [['--injected', '--max', '9'], true],
  ])('%j is %s', async (argv, injected) => {
    const { options, faults } = await parse(argv, { ADAPTER: 'synthetic' });
    expect(faults).toEqual([]);
    expect(options.injected).toBe(injected);
  });

  it('may come twice: the last one counts, and headers add up', async () => {
    const argv = ['--max', '9', '--prom-header', 'A: 1', '--max=8', '--prom-header', 'B: 2'];
    const { options, faults } = await parse(argv);
    expect(faults).toEqual([]);
    expect(options.maxReplicas).toBe(8);
    expect(options.promHeaders).toEqual({ A: '1', B: '2' });
  });

  it('have a short form of --help', async () => {
    expect((await parse(['-h'])).help).toBe(true);
    expect(await faultsOf(['--h'])).toEqual(['--h: unknown']);
  });

  it('take a value that begins with a hyphen, but no flag as a value', async () => {
    const url = ['--prom-url', 'http://a'];
    expect((await parse([...url, '--prom-query', '-foo'])).options.promQuery).toBe('-foo');
    expect(await faultsOf([...url, '--prom-query', '--max', '9'])).toContain(
      '--prom-query: needs a value: a query',
    );
  });

  it('suggest the flag that was meant, and never show what may be a secret', async () => {
    const argv = ['--prom-pasword', 'hunter2', 'hunter3', '--leadtime=1m', '--zzzzzz'];
    const { faults } = await parse(argv);
    expect(faults.map(({ option, rule }) => `${option}: ${rule}`)).toEqual([
      '--prom-pasword: unknown; did you mean --prom-password?',
      'argument 3: belongs to no option',
      '--leadtime: unknown; did you mean --lead-time?',
      '--zzzzzz: unknown',
    ]);
    expect(formatFaults(faults)).not.toContain('hunter');
  });
});

describe('precedence', () => {
  const file = 'max: 30\nmin: 3\ndefault-min: 4\n';
  it('is flag, environment, file, default', async () => {
    const env = { MAX: '40', MIN: '5', UNRELATED: 'x' };
    const { options, given } = await parseFile(file, ['--max', '60'], env);
    expect(options).toMatchObject({ maxReplicas: 60, minReplicas: 5, defaultMin: 4 });
    expect(options.headroom).toBe(1.2);
    const origins = [given.maxReplicas, given.minReplicas, given.defaultMin, given.headroom];
    expect(origins.map(({ origin }) => origin)).toEqual(['flag', 'env', 'file', 'default']);
  });

  it('takes an empty variable as not set, an empty flag as none', async () => {
    const { options } = await parseFile('namespace: a', [], { NAMESPACE: '', MAX: '' });
    expect(options).toMatchObject({ namespace: 'a', maxReplicas: 50, identity: 'a/my-api' });
    expect((await parse(['--namespace='], { NAMESPACE: 'a' })).options.namespace).toBeNull();
    expect(await faultsOf(['--max='])).toEqual(['--max: must be a whole number from 1 to 1000000']);
  });

  it('reads every option from its variable', async () => {
    for (const field of OPTION_FIELDS) {
      const row = OPTIONS[field];
      if ('isFlagOnly' in row) continue;
      const { given } = await parse([], { [envName(field)]: 'file.yaml' });
      expect(given[field]).toEqual({ text: 'file.yaml', origin: 'env' });
    }
  });

  it('keeps what belongs on the command line out of the environment', async () => {
    const parsed = await parse([], { HELP: 'true', VERSION: '1.2.3', PRINT_CONFIG: 'true' });
    expect(parsed.faults).toEqual([]);
    expect([parsed.help, parsed.version, parsed.printConfig]).toEqual([false, false, false]);
  });
});

describe('config file', () => {
  it('reads scalars as they are written', async () => {
    const file =
      'step: 30s # comment\nlisten: ":0"\ninjected: true\nheadroom: 1.50\nprom-url:\n' +
      'adapter: synthetic\n' +
      'prom-header:\n  - "A: 1"\n  - "B: 2"\n';
    const { options, faults } = await parseFile(file);
    expect(faults).toEqual([]);
    expect(options).toMatchObject({ stepSeconds: 30, injected: true, headroom: 1.5 });
    expect(options.listen).toEqual({ host: '', port: 0 });
    expect(options.promHeaders).toEqual({ A: '1', B: '2' });
  });

  it('may be named by CONFIG, and be empty', async () => {
    expect((await parse([], { CONFIG: 'file.yaml' }, 'max: 7')).options.maxReplicas).toBe(7);
    expect((await parse([], { CONFIG: 'file.yaml' }, '# nothing\n')).faults).toEqual([]);
  });

  it.each([
    ['max: 1\nmax: 2', 'file.yaml:2: a name given twice'],
    ['step: 1m\nsteep: 2m', 'file.yaml:2: steep: unknown; did you mean step?'],
    ['help: true', 'file.yaml:1: help: unknown'],
    ['config: other.yaml', 'file.yaml:1: config: unknown'],
    ['stepSeconds: 60', 'file.yaml:1: stepSeconds: unknown'],
    ['- a', 'file.yaml:1: must be a map of name: value'],
    ['text', 'file.yaml:1: must be a map of name: value'],
    ['max: {a: 1}', 'file.yaml:1: max: must be a name with one value, or a list of values'],
    ['step: 1m\nmin: [1]', 'file.yaml:2: min: must be one value, not a list'],
    ['max: [1, 2', 'file.yaml:1: no valid YAML'],
    ['max: .inf', 'max: must be a whole number from 1 to 1000000'],
  ])('%j is refused', async (file, fault) => {
    expect((await faultsOf([], {}, file)).join('\n')).toContain(fault);
  });

  it('that is broken has one fault a line', async () => {
    const faults = await faultsOf([], {}, 'max: "1\n  b: [\nc: }');
    const lines = faults.map((fault) => fault.split(': ')[0]);
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('that cannot be read is a fault', async () => {
    expect(await faultsOf(['--config', 'none.yaml'])).toEqual([
      'none.yaml: cannot be read (ENOENT)',
    ]);
  });

  it('never shows its text in a fault', async () => {
    const { faults } = await parseFile('redis-password: "hunter2\nmax: hunter2: hunter2');
    expect(faults).not.toEqual([]);
    expect(formatFaults(faults)).not.toContain('hunter2');
  });
});

describe('rules', () => {
  const prometheus = ['--prom-url', 'http://a', '--prom-query', 'b'];
  it.each([
    [['--step', '500ms'], '--step: must be a duration'],
    [['--step', '0'], '--step: must be a duration'],
    [['--step', '1.5s'], '--step: must be a duration'],
    [['--step', '60'], '--step: must be a duration'],
    [['--step', '7m'], '--horizon: must be a multiple of step, 7m'],
    [['--horizon', '7m'], 'lead-time + stale-after + step = 5m + 2m + 1m = 8m'],
    [['--step', '1s', '--horizon', '1h', '--history', '1h'], '2880 steps: 48m at step 1s'],
    [
      ['--step', '1s', '--history', '14d'],
      '--history: must be at most 46080 steps: 12h48m at step 1s',
    ],
    [['--history', '10m', '--window', '30m'], '--history: must be at least window, 30m'],
    [['--window', '30s'], '--window: must be at least step, 1m'],
    [['--interval', '999ms'], '--interval: must be a duration'],
    [['--settle', '-1s'], '--settle: must be a duration'],
    [['--min', '9', '--max', '8'], '--min: must be at most max, 8'],
    [['--default-min', '51'], '--default-min: must be at most max, 50'],
    [['--up-max-factor', '1'], '--up-max-factor: must be a number above 1'],
    [['--down-max-percent', '101'], '--down-max-percent: must be a number from 0 to 100'],
    [['--target-per-pod', '0'], '--target-per-pod: must be a number above 0'],
    [['--headroom', '0'], '--headroom: must be a number above 0'],
    [['--headroom', '1e999'], '--headroom: must be a number above 0'],
    [['--quantile-level', '0.3'], '--quantile-level: must be 0 (off), or a quantile'],
    [['--arima-d', '3'], '--arima-d: must be auto (or 0), none, or a whole number from 1 to 2'],
    [['--sarima-s', '10081'], '--sarima-s: must be auto'],
    [['--adapter', 'prometheus'], '--prom-url: is needed by this adapter'],
    [['--adapter', 'victoriametrics', '--prom-url', 'http://a'], '--prom-query: is needed'],
    [['--prom-url', 'http://a'], '--prom-query: is needed to query prom-url'],
    [['--prom-query', 'a'], '--prom-url: is needed to ask prom-query'],
    [['--adapter', 'http'], '--http-url: is needed by adapter http'],
    [['--adapter', 'http'], '--http-value-path: is needed by adapter http'],
    [['--adapter', 'replay'], '--replay-file: is needed by adapter replay'],
    [['--model', 'byom'], '--byom-url: is needed by model byom'],
    [['--workload', 'a/b', '--namespace', 'c'], '--workload: names another namespace'],
    [['--workload', 'my-api&x=1'], '--workload: must be [namespace/]name'],
    [['--redis-password', 'a', '--redis-password-file', 'b'], 'excludes redis-password-file'],
    [['--prom-password', 'a'], '--prom-username: is needed by prom-password'],
    [['--prom-username', 'a'], '--prom-username: needs prom-password'],
    [
      [...prometheus, '--prom-bearer-token-file', 'a', '--prom-username', 'b'],
      'excludes basic authentication',
    ],
    [['--redis-addr', 'redis://:a@h', '--redis-password', 'b'], 'has a password of its own'],
    [
      ['--prom-url', 'http://a', '--prom-query', 'up{a="{{pod}}"}'],
      '--prom-query: {{pod}} is not one of {{workload}}, {{namespace}}',
    ],
    [
      ['--prom-url', 'http://a', '--prom-query', '{{namespace}}'],
      '--prom-query: {{namespace}} has no value; set namespace',
    ],
    [['--http-url', 'http://a/{{workload}'], '--http-url: a "{{" is not closed'],
    [['--http-url', 'http://a%zz@b'], '--http-url: must be an http:// or https:// URL'],
    [
      ['--http-value-path', 'a..b'],
      '--http-value-path: is not a path such as data.items[].value, at character 2',
    ],
    [['--http-time-path', '["\\x"]'], '--http-time-path: is not a path'],
    [['--http-value-path', 'a[]'], '--http-time-path: is needed for a list of values'],
    [
      ['--http-value-path', 'a', '--http-time-path', 't[]'],
      '--http-time-path: must name a list if http-value-path does, else not',
    ],
    [['--listen', ':50051'], '--grpc-listen: has the port of listen, 50051'],
    [['--listen', '127.0.0.1:9', '--grpc-listen', '0.0.0.0:9'], 'has the port of listen, 9'],
  ])('%j: %s', async (argv, fault) => {
    expect((await faultsOf(argv)).join('\n')).toContain(fault);
  });

  it.each([
    [['--step', '7m', '--horizon', '35m']],
    [['--horizon', '8m']],
    [[...prometheus, '--prom-username', 'a', '--prom-password-file', 'b']],
    [['--redis-addr', 'rediss://:a@h:6380', '--storage', 'redis']],
    [['--workload', 'a/b', '--namespace', 'a']],
    [['--min', '0', '--max', '1', '--default-min', '0']],
    [['--listen', ':0', '--grpc-listen', ':0']],
    [['--listen', '127.0.0.1:9', '--grpc-listen', '127.0.0.2:9']],
    [['--interval', '120s']],
    [['--prom-url', 'http://a', '--prom-query', '{{ namespace }}', '--workload', 'a/b']],
    [['--http-value-path', 'a[].v', '--http-time-path', 'a[].t']],
  ])('%j is taken', async (argv) => {
    expect(await faultsOf(argv)).toEqual([]);
  });

  it('are all reported at once, with value and place, secrets masked', async () => {
    const env = { STEP: '500ms', REDIS_PASSWORD: 'hunter2' };
    const { faults } = await parseFile(
      'headroom: NaN\n',
      ['--min', '-1', '--redis-password-file', 'f'],
      env,
    );
    expect(formatFaults(faults)).toBe(
      'kedastral: 4 options are wrong\n' +
        '  STEP "500ms" (environment): must be a duration such as 90s, 1h30m or 14d,' +
        ' in whole seconds, at least 1s\n' +
        '  headroom "NaN" (config file): must be a number above 0\n' +
        '  --min "-1" (flag): must be a whole number from 0 to 1000000\n' +
        '  REDIS_PASSWORD "***" (environment): excludes redis-password-file\n',
    );
  });

  it('look at every file, all at once, and say where its name came from', async () => {
    const unreadable = async () => {
      throw noFile();
    };
    const argv = ['--prom-query', '{{pod}}', '--prom-bearer-token-file', '/run/token'];
    const env = { PROM_URL: 'http://a', PROM_CA_FILE: '/run/ca.pem', REPLAY_FILE: 'trace.csv' };
    const { faults } = await parseOptions(argv, env, async () => '', unreadable);
    expect(formatFaults(faults)).toBe(
      'kedastral: 4 options are wrong\n' +
        '  --prom-query "{{pod}}" (flag): {{pod}} is not one of {{workload}}, {{namespace}}\n' +
        '  --prom-bearer-token-file "/run/token" (flag): cannot be read (ENOENT)\n' +
        '  PROM_CA_FILE "/run/ca.pem" (environment): cannot be read (ENOENT)\n' +
        '  REPLAY_FILE "trace.csv" (environment): cannot be read (ENOENT)\n',
    );
  });

  it('take a file, not a folder and not nothing', async () => {
    const faultOf = async (path: string) =>
      (await parseOptions(['--replay-file', path], {})).faults.map(({ rule }) => rule);
    expect(await faultOf(import.meta.filename)).toEqual([]);
    expect(await faultOf(import.meta.dirname)).toEqual(['cannot be read (EISDIR)']);
    expect(await faultOf(`${import.meta.dirname}/none`)).toEqual(['cannot be read (ENOENT)']);
  });

  it('that a bad query breaks leave the workload its name', async () => {
    const argv = ['--workload', 'shop', '--prom-url', 'http://a', '--prom-query', '{{pod}}'];
    expect((await parse(argv)).options).toMatchObject({ identity: 'shop', promQuery: null });
  });

  it('say "not set" of what is missing', async () => {
    const { faults } = await parse(['--model', 'byom']);
    expect(formatFaults(faults)).toBe(
      'kedastral: one option is wrong\n  --byom-url (not set): is needed by model byom\n',
    );
  });
});

describe('any input', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('1m', '1h', '0', '7m', '1s', '-1', 'NaN', 'true', 'a/b', 'http://a', 'redis'),
    fc.constantFrom('prometheus', 'replay', 'byom', '14d', '500ms', '100', 'a: b', 'file.yaml'),
  );
  const field = fc.constantFrom(...OPTION_FIELDS);
  const flag = field.map((name) => `--${optionName(name)}`);
  const argv = fc.array(fc.oneof(text, flag), { maxLength: 12 });
  const env = fc.dictionary(field.map(envName), text, { maxKeys: 8 });
  const line = fc.tuple(field.map(optionName), text).map((pair) => pair.join(': '));
  const file = fc.oneof(
    fc.string(),
    fc.array(line, { maxLength: 8 }).map((all) => all.join('\n')),
  );

  it('gives faults, never an exception, and options that keep every rule', async () => {
    await fc.assert(
      fc.asyncProperty(argv, env, file, async (args, variables, source) => {
        const { options, faults } = await parse(args, variables, source);
        for (const { rule } of faults) expect(rule).not.toBe('');
        const values = { ...options, promHeader: options.promHeaders };
        // biome-ignore lint/suspicious/noExplicitAny: the rules look at the fields they name
        for (const { check } of RULES) expect(check(values as any)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

describe('defaults that follow other options', () => {
  it.each([
    [['--step', '1s'], { historySeconds: 46_080, windowSeconds: 1800 }],
    [['--step', '1h', '--horizon', '1d'], { historySeconds: 1_209_600, windowSeconds: 3600 }],
    [['--history', '10m'], { historySeconds: 600, windowSeconds: 600 }],
  ])('%j', async (argv, expected) => {
    const { options, faults } = await parseOptions(argv, {});
    expect(faults).toEqual([]);
    expect(options).toMatchObject(expected);
  });
});
