import { PREFIX } from '../injector/names.ts';
import { fieldsOf, textsOf } from '../wiring/objects.ts';
import { takenPorts } from '../wiring/service.ts';
import type { Finding } from './finding.ts';
import {
  type ForecastTrigger,
  finding,
  findsPods,
  optionsOf,
  type Rule,
  type Scaled,
  wayOf,
} from './scaled.ts';

/** Rules of the way from KEDA to the sidecars. */
const OF_EACH: readonly ((scaled: Scaled, trigger: ForecastTrigger) => readonly Finding[])[] = [
  (scaled, { path, host, way }) => {
    if (way !== 'direct' || host.includes('.')) return [];
    const fix = `write ${host}.${scaled.namespace}.svc and the port`;
    const address = [...path, 'metadata', 'scalerAddress'];
    return [finding(scaled, 'address_unqualified', 'error', address, fix)];
  },
  (scaled, { path, port, way }) => {
    const listening = optionsOf(scaled)?.grpcListen.port;
    if (way !== 'direct' || listening === undefined || port === listening) return [];
    const fix = `write port ${listening}, on which the sidecar listens`;
    return [finding(scaled, 'address_port', 'error', [...path, 'metadata', 'scalerAddress'], fix)];
  },
  (scaled, { path, host, way, service }) => {
    // Only where the manifests have Services and the workload: else it may be kept elsewhere.
    const { all, target } = scaled;
    const hasServices = all.some(({ group, kind }) => group === '' && kind === 'Service');
    if (way !== 'direct' || service !== null || target === null || !hasServices) return [];
    const fix = `add the headless Service ${host.split('.')[0]}: kedastral wire prints it`;
    const address = [...path, 'metadata', 'scalerAddress'];
    return [finding(scaled, 'service_missing', 'warning', address, fix)];
  },
  (_, { way, service }) => {
    if (way !== 'direct' || service === null) return [];
    const { clusterIP, publishNotReadyAddresses } = fieldsOf(service.value.spec);
    const of = { object: service };
    const headed = ['spec', 'clusterIP'];
    const unready = ['spec', 'publishNotReadyAddresses'];
    return [
      ...(clusterIP === 'None'
        ? []
        : [finding(of, 'service_headed', 'error', headed, 'set clusterIP: None')]),
      ...(publishNotReadyAddresses === true
        ? []
        : [finding(of, 'service_hides_unready', 'error', unready, 'set it to true')]),
    ];
  },
  ({ target }, { way, service }) => {
    if (way !== 'direct' || service === null || target === null) return [];
    if (findsPods(service, target)) return [];
    const labels = Object.entries(textsOf(target.pod.metadata?.labels));
    const fix = `select the pods by ${labels.map(([name, text]) => `${name}=${text}`).join(',')}`;
    return [finding({ object: service }, 'service_selector', 'error', ['spec', 'selector'], fix)];
  },
];

/** What no container declares the webhook does not know, and both would want it. */
const shared: Rule = (scaled) => {
  const { all, around, namespace, sidecar, target, triggers } = scaled;
  if (target === null || sidecar === null || wayOf(scaled) !== 'direct') return [];
  const near = all.filter((other) => {
    const isNear = (other.namespace ?? around.defaults.namespace) === namespace;
    return isNear && triggers.every(({ service }) => service !== other);
  });
  return takenPorts(target, sidecar, near).map(({ service, path, port, option }) => {
    const fix = `if the application has ${port}, give the sidecar another: ${PREFIX}${option}`;
    return finding({ object: service }, 'port_shared', 'warning', path, fix);
  });
};

export const SERVICE_RULES: readonly Rule[] = [
  shared,
  (scaled) => OF_EACH.flatMap((rule) => scaled.triggers.flatMap((each) => rule(scaled, each))),
];
