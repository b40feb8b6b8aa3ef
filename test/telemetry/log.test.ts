import { describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { createLogger, type Logger, type LoggerOptions } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

function logged(say: (log: Logger) => void, options: Partial<LoggerOptions> = {}): string[] {
  const lines: string[] = [];
  say(
    createLogger({
      level: 'info',
      format: 'json',
      name: 'kedastral',
      clock: new VirtualClock(0),
      write: (line) => lines.push(line),
      ...options,
    }),
  );
  return lines;
}

it('writes one JSON line per event', () => {
  const lines = logged((log) => log.warn('tick failed', { workload: 'my-api', text: 'a\nb' }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    time: '1970-01-01T00:00:00.000Z',
    name: 'kedastral',
    workload: 'my-api',
    text: 'a\nb',
    msg: 'tick failed',
  });
});

it('logs from its level up', () => {
  const sayAll = (log: Logger) => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) {
      log[level]('said');
    }
  };
  expect(logged(sayAll, { level: 'warn' })).toHaveLength(3);
  expect(logged(sayAll, { level: 'trace' })).toHaveLength(6);
  expect(logged(sayAll, { level: 'silent' })).toEqual([]);
});

it('adds the fields of a child to each of its lines', () => {
  const [line] = logged((log) => log.child({ workload: 'a' }).child({ tick: 1 }).info('x'));
  expect(JSON.parse(line ?? '')).toMatchObject({ workload: 'a', tick: 1 });
});

it('writes text for people', () => {
  const say = (log: Logger) =>
    log.info('listening', { port: 8081, host: 'a b', absent: undefined });
  expect(logged(say, { format: 'text' })).toEqual([
    '1970-01-01T00:00:00.000Z INFO  listening port=8081 host="a b"\n',
  ]);
});

describe('secrets', () => {
  it.each([
    'promPassword',
    'redis-password',
    'authorization',
    'promBearerToken',
    'clientSecret',
    'promQuery',
    'query',
    'promHeaders',
    'api-key',
    'cookie',
  ])('%s is masked, wherever it stands', (key) => {
    const [line = ''] = logged((log) =>
      log.info('x', { [key]: 'hunter2', deep: [{ [key]: { a: 'hunter2' } }] }),
    );
    expect(line).not.toContain('hunter2');
    expect(JSON.parse(line)[key]).toBe('***');
  });

  it('leaves other fields as they are', () => {
    const fields = { requestId: 'r', queryCount: 3, workload: 'my-api', passed: true };
    const [line = ''] = logged((log) => log.info('x', fields));
    expect(JSON.parse(line)).toMatchObject(fields);
  });
});

it('shows the chain of a fault, and the stack only of a fault of its own', () => {
  const fault = new KedastralError('adapter_timeout', 'adapter', 'no answer', {
    cause: new Error('socket hang up'),
  });
  const [line = ''] = logged((log) => log.error('x', { error: fault }));
  const { error } = JSON.parse(line);
  expect(error).toMatchObject({
    type: 'KedastralError',
    message: 'no answer',
    code: 'adapter_timeout',
    component: 'adapter',
    cause: { type: 'Error', message: 'socket hang up' },
  });
  expect(error.stack).toBeUndefined();
  expect(error.cause.stack).toBeUndefined();
  const bug = new KedastralError('internal', 'loop', 'oh', { cause: new TypeError('oh') });
  const [of = ''] = logged((log) => log.error('x', { error: bug, stranger: new Error('huh') }));
  expect(JSON.parse(of).error.cause.stack).toContain('log.test.ts');
  expect(JSON.parse(of).stranger.stack).toContain('log.test.ts');
});

it('bounds what it prints', () => {
  const deep: Record<string, unknown> = {};
  deep.self = deep;
  const [line = ''] = logged((log) => log.info('x', { deep, long: 'y'.repeat(10_000), big: 1n }));
  expect(line.length).toBeLessThan(3_000);
  expect(JSON.parse(line).big).toBe('1');
});
