import { describe, expect, it } from 'vitest';
import { objectsIn } from '../../src/wiring/objects.ts';
import { selects } from '../../src/wiring/target.ts';

const TEXT = `# a comment
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec:
  ports:
    - name: http

      port: 80
    - {name: grpc, port: 90}
---
apiVersion: apps/v1
kind: DeploymentList
items:
  - metadata:
      name: b
      labels: {app: b, count: 5}
---
text: only
--- # nothing
`;

describe('the objects of a manifest', () => {
  const objects = objectsIn('a.yaml', TEXT);

  it('are all found, also those of a typed List', () => {
    expect(
      objects.map(({ group, kind, name, namespace, document }) => {
        return [group, kind, name, namespace, document];
      }),
    ).toEqual([
      ['', 'Service', 'a', 'shop', 1],
      ['apps', 'Deployment', 'b', null, 2],
    ]);
    expect(objects[1]?.labels).toEqual({ app: 'b' });
  });

  it('tell the lines of their fields, and of what is nearest', () => {
    const [service, deployment] = objects;
    const lineOf = (line: number) => TEXT.split('\n')[line - 1];
    expect(lineOf(service?.lineOf(['spec', 'ports', 0, 'port']) ?? 0)).toContain('port: 80');
    expect(lineOf(service?.lineOf(['spec', 'ports', 1, 'port']) ?? 0)).toContain('port: 90');
    expect(lineOf(service?.lineOf(['spec', 'clusterIP']) ?? 0)).toBe('spec:');
    expect(lineOf(service?.lineOf([]) ?? 0)).toBe('apiVersion: v1');
    expect(lineOf(deployment?.lineOf(['metadata', 'labels']) ?? 0)).toContain('labels:');
    expect(lineOf(deployment?.lineOf(['spec']) ?? 0)).toContain('- metadata:');
  });

  it('may be JSON, on one line or many', () => {
    const value = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod' }] };
    const [pod] = objectsIn('a.json', JSON.stringify(value, null, 2));
    expect(pod?.lineOf(['kind'])).toBe(7);
    expect(objectsIn('a.json', JSON.stringify(value))[0]?.kind).toBe('Pod');
    expect(objectsIn('a.yaml', '{apiVersion: v1, kind: Pod}')).toHaveLength(1);
  });

  it('are refused by the line of what is no YAML', () => {
    expect(() => objectsIn('a.yaml', `${TEXT}a: [\n`)).toThrow(/^line 2\d/);
  });
});

describe('a label selector', () => {
  const labels = { app: 'a', tier: 'web' };
  const expression = (operator: string, ...values: string[]) => ({
    matchExpressions: [{ key: 'app', operator, ...(values.length > 0 ? { values } : {}) }],
  });

  it.each([
    [{}, true],
    [{ matchLabels: { app: 'a' } }, true],
    [{ matchLabels: { app: 'a', tier: 'db' } }, false],
    [expression('In', 'a', 'b'), true],
    [expression('In', 'b'), false],
    [expression('NotIn', 'b'), true],
    [expression('NotIn', 'a'), false],
    [expression('Exists'), true],
    [expression('DoesNotExist'), false],
    [{ matchLabels: { tier: 'web' }, ...expression('NotIn', 'a') }, false],
  ])('%j takes the pods: %j', (selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});
