import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/adapters/csv.ts';
import { errorText, parseMatrix } from '../../src/adapters/prometheus-reply.ts';
import { parseTimestamp } from '../../src/adapters/timestamp.ts';
import { maskUrl } from '../../src/config/address.ts';
import { formatFaults } from '../../src/config/faults.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { KedastralError } from '../../src/errors.ts';
import { parseOverride } from '../../src/http/override.ts';
import { readDocuments } from '../../src/injector/documents.ts';
import { readDefaults } from '../../src/injector/settings.ts';
import { Overrides } from '../../src/loop/overrides.ts';
import { servedOf, Workloads } from '../../src/loop/workloads.ts';
import { hpaCaseLines } from '../../src/replay/hpa-case.ts';
import { decodeSnapshot } from '../../src/storage/codec.ts';
import { CUTOFF_SECONDS, facesOf, TestWorkload } from '../faces.ts';
import { snapshotOf } from '../storage/snapshots.ts';

const DEEP = `${'['.repeat(12_000)}${']'.repeat(12_000)}`;
function canWrite(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

/** Each was found by a target of this folder, in the product, and mended there. */
describe('what fuzzing found', () => {
  it('a message of a fault has an end, and nothing that a terminal obeys', () => {
    const { message } = new KedastralError(
      'internal',
      'loop',
      `\u001b[31m\u007f${'a'.repeat(1e5)}`,
    );
    expect(message).toMatch(/^\\u001b\[31m\\u007fa+…$/);
    expect(message.length).toBeLessThan(1_100);
  });

  it('faults of options are printed without control characters', async () => {
    const { faults } = await parseOptions(['--step', '1\u001b[31m\u009b'], {});
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(formatFaults(faults)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it('a password that has lost its flag, its `=` or its `@` is not told', async () => {
    const lost = ['--prom-urlhttp://user:hunter2@a', '--redis-addr', 'redis://:hunter2redis:6379'];
    const { faults } = await parseOptions(lost, {});
    expect(faults.length).toBeGreaterThan(1);
    expect(formatFaults(faults)).not.toContain('hunter2');
    const yaml = async () => 'prom-passwordhunter2 hunter2: x';
    const ofFile = await parseOptions(['--config=c'], {}, yaml);
    expect(formatFaults(ofFile.faults)).toContain('c:1');
    expect(formatFaults(ofFile.faults)).not.toContain('hunter2');
    for (const slashes of [':/a://', ':////', '://b@c://']) {
      expect(maskUrl(`rediss${slashes}:hunter2@redis:6380`)).not.toContain('hunter2');
    }
    expect(maskUrl('http://prometheus:909o')).toBe('http://prometheus:***');
    expect(maskUrl('http://prometheus:9090/[')).toBe('http://prometheus:9090/[');
  });

  it('a config file that is nested deeper than the stack is refused', async () => {
    for (const yaml of [DEEP, '- '.repeat(12_000), `a: ${DEEP}`]) {
      const { faults } = await parseOptions(['--config=c'], {}, async () => yaml);
      expect(formatFaults(faults)).toContain('c:1');
    }
  });

  it('so is a manifest', () => {
    const read = () => readDocuments(`a: b\n---\n${'- '.repeat(12_000)}`);
    expect(read).toThrow('line 2: nested too deeply');
  });

  it('an empty name in the defaults of the injector is named', async () => {
    const { faults } = await readDefaults('d', async () => '"": x');
    expect(faults).toMatchObject([{ option: '""', rule: 'unknown' }]);
  });

  it('a time that no calendar has is none', () => {
    for (const text of ['1e999', '-1e999', '1e300', '9'.repeat(400)]) {
      expect(parseTimestamp(text)).toBeNaN();
      expect(() => parseCsv(`${text},1`)).toThrow(refusal('adapter_response', 'timestamp'));
    }
  });

  it('a number that is over the largest one is missing, as infinity is', () => {
    expect([...parseCsv('1767225600,1e999\n1767225660,-1e999').values]).toEqual([NaN, NaN]);
  });

  it('a long line of a CSV is read once, not once for each character', () => {
    const long = 200_000;
    for (const line of [
      `${'1'.repeat(long)}x,1`,
      `${' '.repeat(long)}x"`,
      `1,"${' '.repeat(long)}`,
    ]) {
      expect(() => parseCsv(line)).toThrow(KedastralError);
    }
  });

  it('labels of a series are texts', () => {
    const series = `{"metric":{"a":${DEEP}},"values":[]}`;
    const body = `{"status":"success","data":{"resultType":"matrix","result":[${series}]}}`;
    expect(() => parseMatrix(body, '')).toThrow(refusal('adapter_response', 'label'));
  });

  it('what a data source says comes without control characters', () => {
    expect(errorText('{"error":"a\\u001b[31mb\\u009bc\\nd"}', '')).toBe('a [31mb c d');
  });

  it('a case of the HPA is refused by name, however deep or large its value is', () => {
    const lines = (text: string) => [...hpaCaseLines(text, () => '')];
    const field = (value: string) => `{"maxReplicas":9,"series":${value}}`;
    expect(() => lines(DEEP)).toThrow(refusal('option_invalid', 'the whole'));
    expect(() => lines(field(`{"a":${DEEP}}`))).toThrow(refusal('option_invalid', 'series'));
    const infinite = field('[{"t":0,"value":1e999}]');
    expect(() => lines(infinite)).toThrow(refusal('option_invalid', 'series[0].value'));
    const slow = '{"maxReplicas":9,"syncSeconds":1e308,"series":[{"t":0,"value":1}]}';
    expect(() => lines(slow)).toThrow(refusal('option_invalid', 'syncSeconds'));
    const endless = field('[{"t":1e300,"value":1}]');
    expect(() => lines(endless)).toThrow(refusal('option_invalid', 'durationSeconds'));
  });

  it('an order is refused by name, however deep its value is', () => {
    const limits = { minReplicas: 0, maxReplicas: 9, nowSeconds: 0, maxSeconds: 60 };
    const order = () => parseOverride(`{"replicas":${DEEP},"until":"1s"}`, 'a', limits);
    expect(order).toThrow(refusal('override_invalid', 'replicas'));
  });

  const good = snapshotOf('my-api');
  it.each([
    ['replicas over its own maximum', { desiredReplicas: [2, 1e308] }, 'within its policy'],
    ['replicas below its own minimum', { desiredReplicas: [2, 0] }, 'within its policy'],
    [
      'a reactive floor over its own maximum',
      { reactive: { at: good.cutoff, value: 1, need: 1, bounded: 1, replicas: 1e300 } },
      'within its policy',
    ],
    [
      'a maximum that no option takes',
      { plan: { ...good.plan, policy: { ...good.plan.policy, maxReplicas: 1e9 } } },
      'plan',
    ],
    ['a policy without bounds', { plan: { ...good.plan, policy: {} } }, 'plan'],
    ['a time of the machine\u2019s own zone', { generatedAt: 'Jan 1 2026' }, 'generatedAt'],
  ])('a stored snapshot with %s is not taken', (_what, change, why) => {
    const text = JSON.stringify({ ...good, ...change });
    expect(() => decodeSnapshot(text, 'my-api')).toThrow(refusal('store_value', why));
  });

  it('a stored snapshot is not taken when it is nested too deeply to be served', () => {
    const deeper = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = JSON.stringify(good).replace('{', `{"newer":${deeper},`);
    const decode = () => decodeSnapshot(text, 'my-api');
    // Newer engines write any depth.
    if (canWrite(JSON.parse(text))) expect(canWrite(decode())).toBe(true);
    else expect(decode).toThrow(refusal('store_value', 'too deeply'));
  });

  it('an order that another replica took is served within the bounds of this one', async () => {
    const view = new TestWorkload('my-api').forecast(1, 2, 3);
    view.serving = { ...view.serving, minReplicas: 2, maxReplicas: 20 };
    const faces = facesOf(view);
    const until = new Date((CUTOFF_SECONDS + 3_600) * 1_000).toISOString();
    const servedWith = async (kind: string, replicas: number) => {
      const text = JSON.stringify({ kind, replicas, until, at: until, by: 'a' });
      const store = { isShared: true, note: async () => text, replaceNote: async () => true };
      const overrides = new Overrides({ ...faces, store });
      await overrides.look(new Workloads([view]));
      return servedOf(view, overrides.of('my-api'), 60, faces.clock).replicas;
    };
    expect(await servedWith('replicas', 1_000)).toBe(20);
    expect(await servedWith('atLeast', 2 ** 50)).toBe(20);
    expect(await servedWith('replicas', 0)).toBe(2);
    expect(await servedWith('atLeast', 5)).toBe(5);
  });
});
