import { stringify } from 'yaml';
import { OPTIONS } from '../injector/pods.ts';

const ASKS = { 'kedastral.io/inject': 'true' };

export interface WorkloadParts {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly namespace?: string | null;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
  readonly container?: object;
}

/** A workload as its owner would write it, with the annotations that injection needs. */
export function workload(parts: WorkloadParts = {}) {
  const { name = 'my-api', namespace = 'shop', annotations = {}, spec = {} } = parts;
  const { kind = 'Deployment', apiVersion = 'apps/v1', container = {} } = parts;
  const labels = { app: 'my-api' };
  const app = { name: 'app', image: 'app:1', resources: { requests: { cpu: '250m' } } };
  return {
    ...{ apiVersion, kind },
    metadata: { name, ...(namespace === null ? {} : { namespace }) },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, ...ASKS }, annotations: { ...OPTIONS, ...annotations } },
        spec: { containers: [{ ...app, ...container }] },
      },
      ...spec,
    },
  };
}

/** Objects as one stream. */
export function manifest(...objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${stringify(object, { version: '1.1' })}`).join('');
}
