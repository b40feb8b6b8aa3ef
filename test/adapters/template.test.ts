import { expect, test } from 'vitest';
import { escapePromqlLiteral, fillTemplate } from '../../src/adapters/template.ts';

const values = { workload: 'api', namespace: 'shop' };

function fill(template: string, filled: { workload: string; namespace?: string } = values): string {
  return fillTemplate('prom-query', template, filled, escapePromqlLiteral);
}

test.each([
  ['up', 'up'],
  ['up{app="{{workload}}"}', 'up{app="api"}'],
  ['{{ workload }}/{{namespace}}/{{workload}}', 'api/shop/api'],
  ['up{a="b"}', 'up{a="b"}'],
])('%s', (template, filled) => {
  expect(fill(template)).toBe(filled);
});

test('a value is put in as it is, dollar signs included', () => {
  expect(fill('{{workload}}', { workload: '$&' })).toBe('$&');
});

test.each([
  ['a"} or vector(1) #', 'a\\x22} or vector(1) #'],
  ["it's", 'it\\x27s'],
  ['back\\slash', 'back\\x5cslash'],
  ['tick`', 'tick\\x60'],
  ['line\nbreak', 'line\\x0abreak'],
])('%j cannot leave a PromQL literal', (workload, escaped) => {
  expect(fill('x{a="{{workload}}"}', { workload })).toBe(`x{a="${escaped}"}`);
});

test.each([
  ['{{pod}}', 'prom-query: {{pod}} is not one of {{workload}}, {{namespace}}'],
  ['{{}}', 'prom-query: {{}} is not one of {{workload}}, {{namespace}}'],
  ['{{toString}}', 'prom-query: {{toString}} is not one of {{workload}}, {{namespace}}'],
  ['up{a="{{workload}"}', 'prom-query: a "{{" is not closed'],
])('%s is refused', (template, message) => {
  expect(() => fill(template)).toThrow(
    expect.objectContaining({ code: 'option_invalid', message }),
  );
});

test('a namespace that is not set is refused where it is named', () => {
  expect(fill('{{workload}}', { workload: 'api' })).toBe('api');
  expect(() => fill('{{namespace}}', { workload: 'api' })).toThrow(
    'prom-query: {{namespace}} has no value; set namespace',
  );
});
