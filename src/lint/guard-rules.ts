import { fieldsOf, listOf, numberOf } from '../wiring/objects.ts';
import { aimOf, placeOf, selects } from '../wiring/target.ts';
import { finding, type Rule } from './scaled.ts';

const twoBudgets: Rule = ({ near, target }) => {
  if (target === null) return [];
  const labels = target.pod.metadata?.labels ?? {};
  const [first, ...others] = near.filter(({ kind, value }) => {
    const { selector } = fieldsOf(value.spec);
    return kind === 'PodDisruptionBudget' && selector !== undefined && selects(selector, labels);
  });
  return others.map((object) => {
    const place = `${first?.file}:${first?.lineOf([])}`;
    const fix =
      `${first && placeOf(first)} (${place}) selects the pods, too: keep one of the two; ` +
      'kedastral wire --disruption-budget=false prints none';
    return finding({ object }, 'budgets_two', 'warning', ['spec', 'selector'], fix);
  });
};

/** Policies add up: one that lets KEDA in is enough. */
const shut: Rule = ({ near, target, options, way }) => {
  if (target === null || options === undefined || way !== 'direct') return [];
  const labels = target.pod.metadata?.labels ?? {};
  const policies = near.filter(({ kind, value }) => {
    const { podSelector, policyTypes = ['Ingress'] } = fieldsOf(value.spec);
    const isOfIngress = listOf(policyTypes).includes('Ingress');
    return kind === 'NetworkPolicy' && isOfIngress && selects(podSelector, labels);
  });
  const { port } = options.grpcListen;
  const rules = policies.flatMap(({ value }) => listOf(fieldsOf(value.spec).ingress));
  const [first] = policies;
  if (first === undefined || rules.some((rule) => letsIn(rule, port))) return [];
  const fix = `let KEDA to port ${port}: kedastral wire --network-policy guarded prints how`;
  return [finding({ object: first }, 'policy_shut', 'warning', ['spec', 'ingress'], fix)];
};

function letsIn(rule: unknown, wanted: number): boolean {
  const ports = listOf(fieldsOf(rule).ports).map(fieldsOf);
  const isOpen = ports.some(({ protocol = 'TCP', port, endPort }) => {
    // Without a number it is all of them, or a name that only the pod knows.
    const first = numberOf(port) ?? wanted;
    return protocol === 'TCP' && first <= wanted && wanted <= (numberOf(endPort) ?? first);
  });
  return ports.length === 0 || isOpen;
}

const vertical: Rule = ({ object, near, spec }) => {
  const aim = aimOf(object);
  const measured = listOf(spec.triggers)
    .map(fieldsOf)
    .filter(({ metricType = 'Utilization' }) => metricType === 'Utilization')
    .map(({ type }) => String(type))
    .filter((type) => type === 'cpu' || type === 'memory');
  return near.flatMap((other) => {
    const { targetRef, updatePolicy, resourcePolicy } = fieldsOf(other.value.spec);
    const { kind, name } = fieldsOf(targetRef);
    const isOfIt = kind === aim.kind && name === aim.name;
    const isOff = fieldsOf(updatePolicy).updateMode === 'Off';
    if (other.kind !== 'VerticalPodAutoscaler' || !isOfIt || isOff) return [];
    const policies = listOf(fieldsOf(resourcePolicy).containerPolicies).map(fieldsOf);
    const isLeft = (resource: string) =>
      policies.some(({ mode, controlledResources }) => {
        const controlled = controlledResources && !listOf(controlledResources).includes(resource);
        return mode === 'Off' || controlled;
      });
    return measured
      .filter((resource) => !isLeft(resource))
      .map((resource) => {
        const fix = `leave ${resource} out of its controlledResources, or set updateMode: "Off"`;
        return finding({ object: other }, 'vpa_shared', 'warning', ['spec'], fix);
      });
  });
};

/** Rules of what else has a hand in the same pods. */
export const GUARD_RULES = [twoBudgets, shut, vertical];
