import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { ROOT } from '../house/sources.ts';
import { temporaryFolder } from '../parts/program.ts';
import { restrictedFaults } from './pod-security.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
export type KubeObject = any;

const BIN = join(ROOT, 'build/python/bin');
/** Definitions by the kinds that they are of; the others are Kubernetes' own. */
const CRDS: Readonly<Record<string, string>> = {
  ScaledObject: 'keda-2.21.0-scaledobjects.yaml',
  PodMonitor: 'prometheus-operator-0.85.0-podmonitors.yaml',
  PrometheusRule: 'prometheus-operator-0.85.0-prometheusrules.yaml',
};

export function objectsIn(text: string): KubeObject[] {
  const documents = parseAllDocuments(text, { uniqueKeys: true }).map((each) => {
    if (each.errors[0]) throw each.errors[0];
    return each.toJS();
  });
  return documents.filter((object) => object !== null);
}

/** The objects of a kind. */
export function ofKind(objects: readonly KubeObject[], kind: string): KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** Holds objects against the OpenAPI of Kubernetes, their CRDs and Pod Security `restricted`. */
export async function expectValid(objects: readonly KubeObject[]): Promise<void> {
  expect(objects).not.toEqual([]);
  const kinds = [...Object.keys(CRDS), null];
  await Promise.all(
    kinds.map(async (kind) => {
      const some = objects.filter((object) => (object.kind in CRDS ? object.kind : null) === kind);
      if (some.length > 0) expect(await complaints(kind, some)).toBe('');
    }),
  );
  for (const { kind, metadata, spec } of objects) {
    const pod = spec?.template?.spec;
    if (pod) expect(restrictedFaults(pod), `${kind} ${metadata.name}`).toEqual([]);
  }
}

/** What a validator says against objects of a defined kind, or of Kubernetes' own. */
export async function complaints(
  kind: string | null,
  objects: readonly KubeObject[],
): Promise<string> {
  const file = join(temporaryFolder(), 'objects.yaml');
  await writeFile(file, objects.map((object) => stringify(object)).join('---\n'));
  const folder = join(ROOT, 'test/manifests');
  const [command, ...args] =
    kind === null
      ? [join(BIN, 'kubernetes-validate'), '--strict', '--quiet', file]
      : [
          join(BIN, 'python'),
          join(folder, 'validate_custom.py'),
          join(folder, CRDS[kind] ?? ''),
          file,
        ];
  return promisify(execFile)(command, args).then(
    () => '',
    ({ stdout, stderr }) => `${stdout}${stderr}` || 'invalid',
  );
}
