import fc from 'fast-check';
import { applyPatch } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { optionName } from '../../src/config/option.ts';
import { OPTION_FIELDS } from '../../src/config/options.ts';
import { NO_WISHES } from '../../src/injector/annotations.ts';
import { inject } from '../../src/injector/inject.ts';
import { INJECTION_OPTIONS } from '../../src/injector/options.ts';
import { workloadNameOf } from '../../src/injector/owner.ts';
import { type Missed, type ReviewParts, review } from '../../src/injector/review.ts';
import { around, podWith, reviewOf } from './pods.ts';

const faults: unknown[] = [];
const missed: Missed[] = [];
const PARTS: ReviewParts = {
  surround: async () => ({ limits: [], knowsNative: true, defaults: NO_WISHES }),
  excludedNamespaces: new Set(['kube-system', 'kedastral']),
  onMissed: (pod) => missed.push(pod),
  onFault: (thrown) => faults.push(thrown),
};

const answerTo = async (pod: unknown, more = {}) => review(reviewOf(pod, more), PARTS);

/** The pod that the API server makes of an answer. */
function patched(pod: unknown, patch: string | undefined): unknown {
  const copy = structuredClone(pod);
  const operations = JSON.parse(Buffer.from(patch ?? '', 'base64').toString('utf8'));
  expect(applyPatch(copy, operations).every((result) => result === null)).toBe(true);
  return copy;
}

describe('a review', () => {
  it('answers with a patch that makes the injected pod', async () => {
    const pod = podWith({ 'kedastral.io/prom-ca-secret': 'a/b', 'kedastral.io/pull-secret': 'c' });
    const answered = await answerTo(pod);
    expect(answered?.outcome).toEqual({ outcome: 'injected', reason: '', isMissed: false });
    const { apiVersion, kind, response } = answered?.reply ?? {};
    expect({ apiVersion, kind }).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
    });
    expect(response).toMatchObject({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
      patchType: 'JSONPatch',
    });
    const injection = await inject(pod, around());
    const expected = injection.outcome === 'injected' ? injection.pod : null;
    expect(patched(pod, response?.patch)).toEqual(expected);
  });

  it('changes nothing when it is asked again about what it made', async () => {
    const pod = podWith();
    const first = await answerTo(pod);
    const again = await answerTo(patched(pod, first?.reply.response.patch));
    expect(again?.reply.response).toEqual({ uid: expect.any(String), allowed: true });
    expect(again?.outcome).toEqual({
      outcome: 'skipped',
      reason: 'already_injected',
      isMissed: false,
    });
  });

  it('leaves pods alone that do not ask', async () => {
    for (const label of ['false', 'yes', 'True']) {
      const pod = podWith();
      const labels = { 'kedastral.io/inject': label };
      const other = { ...pod, metadata: { ...pod.metadata, labels } };
      const answered = await answerTo(other);
      expect(answered?.outcome).toMatchObject({ reason: 'not_asked', isMissed: false });
      expect(answered?.reply.response.patch).toBeUndefined();
    }
  });

  it('counts a pod as missed that asked in vain, and says why', async () => {
    const inVain: [unknown, object, string][] = [
      [podWith(), { namespace: 'kube-system' }, 'namespace'],
      [podWith({}, { hostNetwork: true }), {}, 'host_network'],
      [podWith({ 'kedastral.io/step': '0s' }), {}, 'options'],
      [podWith({}, { containers: [{ name: 'a', ports: [{ containerPort: 8081 }] }] }), {}, 'ports'],
    ];
    for (const [pod, more, reason] of inVain) {
      const answered = await answerTo(pod, more);
      expect(answered?.outcome).toMatchObject({ reason, isMissed: true });
      const { allowed, warnings } = answered?.reply.response ?? {};
      expect(allowed).toBe(true);
      expect(warnings?.[0]).toMatch(/^kedastral: not injected: /);
      const namespace = 'shop';
      expect(missed.at(-1)).toEqual({ namespace, ...more, workload: 'my-api', reason, warnings });
    }
  });

  it('counts no pod of a dry run as missed, but warns', async () => {
    const before = missed.length;
    const answered = await answerTo(podWith({ 'kedastral.io/step': '0s' }), { dryRun: true });
    expect(answered?.outcome).toEqual({ outcome: 'refused', reason: 'options', isMissed: false });
    expect(answered?.reply.response.warnings?.[0]).toContain('not injected');
    expect(missed).toHaveLength(before);
  });

  it('warns in short lines of printable ASCII', async () => {
    const text = `"\n\r\u0000ä${'x'.repeat(2_000)}`;
    const answered = await answerTo(podWith({ 'kedastral.io/model': text }));
    for (const warning of answered?.reply.response.warnings ?? []) {
      expect(warning).toMatch(/^[\x20-\x7e]{1,250}$/);
    }
    expect(answered?.reply.response.warnings).toHaveLength(1);
  });

  it.each([
    ['another version', { ...reviewOf(podWith()), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['another kind', { ...reviewOf(podWith()), kind: 'TokenReview' }],
    ['another operation', reviewOf(podWith(), { operation: 'UPDATE' })],
    ['another resource', reviewOf(podWith(), { resource: { group: '', version: 'v1' } })],
    ['a subresource', reviewOf(podWith(), { subResource: 'ephemeralcontainers' })],
    ['no namespace', reviewOf(podWith(), { namespace: '' })],
    ['no pod', reviewOf(null)],
    ['no containers', reviewOf(podWith({}, { containers: [] }))],
    ['labels that are no texts', reviewOf({ ...podWith(), metadata: { labels: { a: 1 } } })],
  ])('admits as it is what it does not understand: %s', async (_, body) => {
    const answered = await review(body, PARTS);
    expect(answered?.outcome).toMatchObject({ outcome: 'failed', reason: 'review' });
    expect(answered?.reply.response).toMatchObject({ allowed: true });
    expect(answered?.reply.response.patch).toBeUndefined();
  });

  it.each([[null], [[]], ['x'], [{}], [{ request: {} }], [{ request: { uid: '' } }]])(
    'has no answer to %j',
    async (body) => {
      expect(await review(body, PARTS)).toBeNull();
    },
  );

  it('admits the pod when the injector itself fails', async () => {
    const broken: ReviewParts = {
      ...PARTS,
      surround: () => {
        throw new Error('out of order');
      },
    };
    const before = faults.length;
    const answered = await review(reviewOf(podWith()), broken);
    expect(answered?.reply.response.allowed).toBe(true);
    expect(answered?.outcome).toMatchObject({ outcome: 'failed', isMissed: true });
    expect(faults.splice(before)).toHaveLength(1);
  });
});

describe('whatever comes', () => {
  const names = [
    ...OPTION_FIELDS.map(optionName),
    ...Object.keys(INJECTION_OPTIONS).map(optionName),
  ];
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('true', '0', '1m', ':8081', '[::1]:1', 'a/b', 'http://a:b@c', 'x: y', '\n'),
  );
  const annotations = fc.dictionary(
    fc.oneof(
      fc.constantFrom(...names).map((name) => `kedastral.io/${name}`),
      fc.string().map((name) => `kedastral.io/${name}`),
      fc.string(),
    ),
    texts,
    { maxKeys: 6 },
  );

  it('in annotations, the pod is admitted and the patch fits', async () => {
    let count = 0;
    const check = async (given: Record<string, string>) => {
      const pod = podWith(given);
      const answered = await answerTo(pod);
      expect(answered?.reply.response.allowed).toBe(true);
      expect(answered?.outcome.reason).not.toBe('internal');
      const patch = answered?.reply.response.patch;
      if (patch === undefined) return;
      count++;
      const once = patched(pod, patch);
      const again = await answerTo(once);
      expect(again?.outcome.reason).toBe('already_injected');
    };
    await fc.assert(fc.asyncProperty(annotations, check), { numRuns: 200 });
    expect(count).toBeGreaterThan(10);
    expect(faults).toEqual([]);
  });

  it('in place of any part of a review, it is admitted or has no answer', async () => {
    const whole = reviewOf(podWith()) as Record<string, unknown>;
    const check = async (path: readonly number[], value: unknown) => {
      const answered = await review(replaced(whole, path, value), PARTS);
      if (answered !== null) expect(answered.reply.response.allowed).toBe(true);
      expect(answered?.outcome.reason).not.toBe('internal');
    };
    const path = fc.array(fc.nat(12), { minLength: 1, maxLength: 7 });
    await fc.assert(fc.asyncProperty(path, fc.jsonValue(), check), { numRuns: 500 });
    expect(faults).toEqual([]);
  });

  it('as a body, it is admitted or has no answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (body) => {
        const answered = await review(body, PARTS);
        if (answered !== null) expect(answered.reply.response.allowed).toBe(true);
      }),
    );
  });

  /** A copy with one part, found by the places of keys, replaced. */
  function replaced(value: unknown, [place, ...rest]: readonly number[], by: unknown): unknown {
    const isWhole = place === undefined || typeof value !== 'object' || value === null;
    const keys = isWhole ? [] : Object.keys(value);
    const key = keys[(place ?? 0) % keys.length];
    if (key === undefined) return by;
    const copy = structuredClone(value) as Record<string, unknown>;
    copy[key] = replaced(copy[key], rest, by);
    return copy;
  }
});

describe('the name of the workload', () => {
  const nameOf = (kind: string, name: string, labels = {}) =>
    workloadNameOf({ labels, ownerReferences: [{ kind, name, controller: true }] });

  it('is that of the Deployment, without the hash of its ReplicaSet', () => {
    const hash = { 'pod-template-hash': '7d4b9c6f58' };
    expect(nameOf('ReplicaSet', 'my-api-7d4b9c6f58', hash)).toBe('my-api');
    expect(nameOf('ReplicaSet', 'my-api-v2-7d4b9c6f58', hash)).toBe('my-api-v2');
  });

  it('is that of the CronJob, without the minute of its run', () => {
    expect(nameOf('Job', 'report-29384120')).toBe('report');
    for (const name of ['report', 'report-20261121', 'report-293841200', '29384120']) {
      expect(nameOf('Job', name)).toBe(name);
    }
  });

  it('is that of any other owner as it is', () => {
    const argo = { 'rollouts-pod-template-hash': '58fd' };
    expect(nameOf('ReplicaSet', 'ro-58fd', argo)).toBe('ro');
    expect(nameOf('ReplicaSet', 'ro-58fd', { ...argo, 'pod-template-hash': 'x' })).toBe('ro');
    expect(nameOf('ReplicaSet', 'plain-7d4b9c6f58')).toBe('plain-7d4b9c6f58');
    expect(nameOf('ReplicaSet', 'plain', { 'pod-template-hash': 'x' })).toBe('plain');
    expect(nameOf('StatefulSet', 'db', { 'pod-template-hash': 'db' })).toBe('db');
  });

  it('is none of a pod that nothing controls', () => {
    expect(workloadNameOf({})).toBeNull();
    expect(workloadNameOf({ ownerReferences: [{ kind: 'X', name: 'x' }] })).toBeNull();
  });
});
