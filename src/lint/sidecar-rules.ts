import { isAsked, isInjected } from '../injector/eligibility.ts';
import { INJECT_LABEL } from '../injector/names.ts';
import { finding, type Rule } from './scaled.ts';

const TEMPLATE = ['spec', 'template'];

/** A workload whose pods never get the sidecar that KEDA is to ask. */
const missing: Rule = (scaled) => {
  const { target, sidecarFaults } = scaled;
  if (target === null || scaled.way === 'relay') return [];
  if (!isInjected(target.pod) && !isAsked(target.pod)) {
    const path = [...TEMPLATE, 'metadata', 'labels', INJECT_LABEL];
    const fix = 'set "true" for the webhook, or put the sidecar in with kedastral inject';
    return [finding(target, 'sidecar_missing', 'error', path, fix)];
  }
  const path = [...TEMPLATE, 'metadata', 'annotations'];
  return sidecarFaults.map((fault) => {
    const fix = fault.replace(/^not injected: /, '');
    return { ...finding(target, 'sidecar_refused', 'error', path, fix), value: null };
  });
};

export const SIDECAR_RULES = [missing];
