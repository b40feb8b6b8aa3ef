import { expect, test } from 'vitest';
import { createAdapter } from '../../src/adapters/registry.ts';
import { ADAPTERS, type AdapterName } from '../../src/config/options.ts';
import { PromptClock } from './test-server.ts';

const options: Record<AdapterName, Record<string, unknown>> = {
  http: { httpUrl: 'http://localhost/', httpValuePath: 'v' },
  prometheus: { promUrl: 'http://localhost/', promQuery: 'up' },
  replay: { replayFile: import.meta.filename, replaySpeed: 1 },
  synthetic: {},
  victoriametrics: { promUrl: 'http://localhost/', promQuery: 'up' },
};
const common = { workload: { name: 'api' }, stepSeconds: 60 };

test.each(ADAPTERS.filter((name) => name !== 'replay'))('%s', async (adapter) => {
  const made = await createAdapter({ adapter, ...common, ...options[adapter] }, new PromptClock());
  expect(made.name).toBe(adapter);
});

test('replay reads its file at once', async () => {
  const made = createAdapter(
    { adapter: 'replay', ...common, ...options.replay },
    new PromptClock(),
  );
  await expect(made).rejects.toThrow('CSV line 2: 2 fields expected');
});

test.each([
  ['http', { httpUrl: '' }, 'http-url: missing; adapter http needs it'],
  ['http', { httpValuePath: '' }, 'http-value-path: missing; adapter http needs it'],
  ['prometheus', { promUrl: '' }, 'prom-url: missing; adapter prometheus needs it'],
  ['prometheus', { promQuery: '' }, 'prom-query: missing; adapter prometheus needs it'],
  ['replay', { replayFile: '' }, 'replay-file: missing; adapter replay needs it'],
  ['victoriametrics', { promUrl: '' }, 'prom-url: missing; adapter victoriametrics needs it'],
] as const)('%s without %j is refused', async (adapter, without, message) => {
  const all = { adapter, ...common, ...options[adapter], ...without };
  await expect(createAdapter(all, new PromptClock())).rejects.toMatchObject({
    code: 'option_invalid',
    message,
  });
});
