import { isIP } from 'node:net';
import { sidecarIn } from '../injector/eligibility.ts';
import { fieldsOf, listOf } from '../wiring/objects.ts';
import { finding, ofEachTrigger, type TriggerRule } from './scaled.ts';

/** Not gRPC's own, such as dns. */
const SCHEME = /^(?:https?|grpcs?|tcp):\/\//;
/** What Go reads as true. */
const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];

const missing: TriggerRule = (scaled, { path, metadata }) => {
  if (metadata.scalerAddress || 'scalerAddressFromEnv' in metadata) return [];
  const address = [...path, 'metadata', 'scalerAddress'];
  const fix = 'write the Service and the port, such as my-api-kedastral.shop.svc:50051';
  return [finding(scaled, 'address_missing', 'error', address, fix)];
};

const withScheme: TriggerRule = (scaled, { path, metadata }) => {
  const { scalerAddress = '' } = metadata;
  if (!SCHEME.test(scalerAddress)) return [];
  const fix = `write ${scalerAddress.replace(SCHEME, '')}; TLS is enableTLS: "true"`;
  return [finding(scaled, 'address_scheme', 'error', [...path, 'metadata', 'scalerAddress'], fix)];
};

const ofIp: TriggerRule = (scaled, { path, host }) => {
  if (isIP(host.replace(/^\[|\]$/g, '')) === 0) return [];
  const fix = 'write the name of the headless Service, which has the pods of the moment';
  return [finding(scaled, 'address_ip', 'warning', [...path, 'metadata', 'scalerAddress'], fix)];
};

/** Only where all options of the sidecar are known. */
const otherTls: TriggerRule = (scaled, { path, metadata, value, way }) => {
  const { options, target, around } = scaled;
  if (way !== 'direct' || options === undefined || target === null) return [];
  const container = sidecarIn(target.pod);
  const hasFile = listOf(fieldsOf(container).args).some((each) =>
    /^--?config\b/.test(String(each)),
  );
  if (hasFile || (container === undefined && !around.defaults.isShared)) return [];
  const isAsked = TRUE.includes(metadata.enableTLS ?? '');
  const isGiven = options.tlsCertFile !== null;
  // A TriggerAuthentication with certificates makes it TLS, too.
  if (isAsked === isGiven || (isGiven && value.authenticationRef !== undefined)) return [];
  const fix = isGiven
    ? 'set "true": the sidecar has tls-cert-file'
    : 'take it out, or give the sidecar tls-cert-file and tls-key-file';
  return [finding(scaled, 'tls_differs', 'error', [...path, 'metadata', 'enableTLS'], fix)];
};

/** Rules of what KEDA dials. */
export const ADDRESS_RULES = [missing, withScheme, ofIp, otherTls].map(ofEachTrigger);
