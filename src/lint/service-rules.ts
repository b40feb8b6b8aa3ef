import { PREFIX } from '../injector/names.ts';
import { fieldsOf, textsOf } from '../wiring/objects.ts';
import { findsPods, takenPorts } from '../wiring/service.ts';
import { finding, ofEachTrigger, type Rule, type TriggerRule } from './scaled.ts';

const unqualified: TriggerRule = (scaled, { path, host, way }) => {
  if (way !== 'direct' || host.includes('.')) return [];
  const fix = `write ${host}.${scaled.namespace}.svc and the port`;
  const address = [...path, 'metadata', 'scalerAddress'];
  return [finding(scaled, 'address_unqualified', 'error', address, fix)];
};

const otherPort: TriggerRule = (scaled, { path, port, way }) => {
  const listening = scaled.options?.grpcListen.port;
  if (way !== 'direct' || listening === undefined || port === listening) return [];
  const fix = `write port ${listening}, on which the sidecar listens`;
  return [finding(scaled, 'address_port', 'error', [...path, 'metadata', 'scalerAddress'], fix)];
};

const missing: TriggerRule = (scaled, { path, host, way, service }) => {
  // Only where the manifests have Services and the workload: else it may be kept elsewhere.
  const { all, target } = scaled;
  const hasServices = all.some(({ group, kind }) => group === '' && kind === 'Service');
  if (way !== 'direct' || service !== null || target === null || !hasServices) return [];
  const [name] = host.split('.');
  const far = all.find(({ group, kind, ...other }) => {
    return group === '' && kind === 'Service' && other.name === name && other.namespace !== null;
  });
  const fix =
    far === undefined
      ? `add the headless Service ${name}: kedastral wire prints it`
      : `write ${name}.${far.namespace}.svc: the Service is in namespace ${far.namespace}`;
  const address = [...path, 'metadata', 'scalerAddress'];
  return [finding(scaled, 'service_missing', 'warning', address, fix)];
};

const headed: TriggerRule = (_, { way, service }) => {
  if (way !== 'direct' || service === null) return [];
  if (fieldsOf(service.value.spec).clusterIP === 'None') return [];
  const path = ['spec', 'clusterIP'];
  return [finding({ object: service }, 'service_headed', 'error', path, 'set clusterIP: None')];
};

const hidesUnready: TriggerRule = (_, { way, service }) => {
  if (way !== 'direct' || service === null) return [];
  if (fieldsOf(service.value.spec).publishNotReadyAddresses === true) return [];
  const path = ['spec', 'publishNotReadyAddresses'];
  return [finding({ object: service }, 'service_hides_unready', 'error', path, 'set it to true')];
};

const elsewhere: TriggerRule = ({ target }, { way, service }) => {
  if (way !== 'direct' || service === null || target === null) return [];
  if (findsPods(service, target)) return [];
  const labels = Object.entries(textsOf(target.pod.metadata?.labels));
  const fix = `select the pods by ${labels.map(([name, text]) => `${name}=${text}`).join(',')}`;
  return [finding({ object: service }, 'service_selector', 'error', ['spec', 'selector'], fix)];
};

/** What no container declares the webhook does not know, and both would want it. */
const shared: Rule = ({ near, options, target, triggers, way }) => {
  if (target === null || options === undefined || way !== 'direct') return [];
  const others = near.filter((other) => triggers.every(({ service }) => service !== other));
  return takenPorts(target, options, others).map(({ service, path, port, option }) => {
    const fix = `if the application has ${port}, give the sidecar another: ${PREFIX}${option}`;
    return finding({ object: service }, 'port_shared', 'warning', path, fix);
  });
};

const OF_TRIGGERS = [unqualified, otherPort, missing, headed, hidesUnready, elsewhere];

/** Rules of the way from KEDA to the sidecars. */
export const SERVICE_RULES = [shared, ...OF_TRIGGERS.map(ofEachTrigger)];
