import { boolean, choice, type Kind, optional, text } from '../config/kinds.ts';
import { option, type ValuesOf } from '../config/option.ts';
import type { OptionField } from '../config/options.ts';
import { resolve } from '../config/resolve.ts';
import { quantityNumber } from '../replay/quantity.ts';
import { VERSION } from '../version.ts';

const quantity = text('quantity', 'an amount above 0 such as 20m or 96Mi', isQuantity);
const image = text('image', 'an image such as kedastral:1.0.0', (value) =>
  /^[a-z0-9][\w.:/@-]{0,500}$/i.test(value),
);
const registry = optional(
  text('host[/path]', 'a registry such as registry.example.com/team', (value) =>
    /^[a-z0-9][a-z0-9.:/_-]{0,250}$/i.test(value),
  ),
);
const OBJECT_NAME = '[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?';
const objectName = optional(
  text('name', 'a name of lower-case letters, digits, - and .', (value) =>
    new RegExp(`^${OBJECT_NAME}$`).test(value),
  ),
);
/** A key of an object in the pod's namespace. */
const objectKey: Kind<string | null> = optional(
  text('name/key', 'name/key of an object in the namespace of the pod', (value) =>
    new RegExp(`^${OBJECT_NAME}/[\\w.-]{1,253}$`).test(value),
  ),
);
const key = (doc: string) => option(objectKey, '', doc);

/** How a sidecar is put into a pod: annotations of the pod, and their defaults as options. */
export const INJECTION_OPTIONS = {
  image: option(image, `kedastral:${VERSION}`, 'image of the sidecar'),
  registry: option(registry, '', 'registry put before `image`'),
  pullPolicy: option(
    optional(choice(['Always', 'IfNotPresent', 'Never'])),
    '',
    'when its image is pulled; without it as Kubernetes has it',
  ),
  pullSecret: option(objectName, '', 'Secret to pull the image with, in the namespace of the pod'),
  nativeSidecar: option(
    boolean,
    'false',
    'an init container that keeps running, Kubernetes ≥ 1.29: starts before the application ' +
      'and ends after it',
  ),
  cpuRequest: option(quantity, '20m', 'CPU asked for'),
  memoryRequest: option(quantity, '96Mi', 'memory asked for'),
  memoryLimit: option(quantity, '192Mi', 'most memory'),
  cpuLimit: option(
    optional(quantity),
    '',
    'most CPU; without it none, but where a LimitRange or ResourceQuota demands one, or the pod ' +
      'is Guaranteed: a throttled process answers late',
  ),
  mesh: option(
    choice(['auto', 'istio', 'linkerd', 'none']),
    'auto',
    'whose interception the ports of the sidecar are kept out of',
  ),
  promBearerTokenSecret: key('Secret with the bearer token'),
  promUsernameSecret: key('Secret with the user name for basic authentication'),
  promPasswordSecret: key('Secret with that password'),
  promHeaderSecret: key('Secret with headers `Name: value`, one a line'),
  promUrlSecret: key('Secret with the URL of Prometheus, if it holds a credential'),
  promCaSecret: key('Secret with the certificate authority to trust, as PEM'),
  promCaConfigmap: key('ConfigMap with the certificate authority to trust, as PEM'),
  httpUrlSecret: key('Secret with the URL of adapter `http`'),
  byomUrlSecret: key('Secret with the URL of model `byom`'),
  redisAddrSecret: key('Secret with the address of Redis'),
  redisPasswordSecret: key('Secret with the password of Redis'),
  httpTokenSecret: key(
    'Secret with the tokens that open HTTP, one a line: without it the pod is not ready',
  ),
  tlsSecret: option(
    objectName,
    '',
    'Secret with `tls.crt` and `tls.key` for HTTP and gRPC: without it the pod is not ready',
  ),
  tlsClientCaSecret: key('Secret with the authority that clients of gRPC need a certificate of'),
} as const;

export type InjectionField = keyof typeof INJECTION_OPTIONS;
export type InjectionOptions = ValuesOf<typeof INJECTION_OPTIONS>;

interface Keyed {
  readonly field: OptionField;
  readonly from: 'secret' | 'configMap';
  readonly as: 'file' | 'variable';
}

/** The option of the sidecar that a key is read for: as a file, or as a variable. */
export const KEYED_OPTIONS = {
  promBearerTokenSecret: { field: 'promBearerTokenFile', from: 'secret', as: 'file' },
  promPasswordSecret: { field: 'promPasswordFile', from: 'secret', as: 'file' },
  promCaSecret: { field: 'promCaFile', from: 'secret', as: 'file' },
  promCaConfigmap: { field: 'promCaFile', from: 'configMap', as: 'file' },
  redisPasswordSecret: { field: 'redisPasswordFile', from: 'secret', as: 'file' },
  httpTokenSecret: { field: 'httpTokenFile', from: 'secret', as: 'file' },
  tlsClientCaSecret: { field: 'tlsClientCaFile', from: 'secret', as: 'file' },
  promUsernameSecret: { field: 'promUsername', from: 'secret', as: 'variable' },
  promHeaderSecret: { field: 'promHeader', from: 'secret', as: 'variable' },
  promUrlSecret: { field: 'promUrl', from: 'secret', as: 'variable' },
  httpUrlSecret: { field: 'httpUrl', from: 'secret', as: 'variable' },
  byomUrlSecret: { field: 'byomUrl', from: 'secret', as: 'variable' },
  redisAddrSecret: { field: 'redisAddr', from: 'secret', as: 'variable' },
} as const satisfies Partial<Record<InjectionField, Keyed>>;

/** Keys of the Secret `tls-secret`, of type kubernetes.io/tls. */
export const TLS_KEYS = [
  { field: 'tlsCertFile', from: 'secret', as: 'file', key: 'tls.crt' },
  { field: 'tlsKeyFile', from: 'secret', as: 'file', key: 'tls.key' },
] as const satisfies (Keyed & { readonly key: string })[];

export type KeyedField = keyof typeof KEYED_OPTIONS;
export const KEYED_FIELDS = Object.keys(KEYED_OPTIONS) as KeyedField[];

/** Reads the texts of injection's options. */
export function readInjection(texts: ReadonlyMap<InjectionField, string>) {
  return resolve(INJECTION_OPTIONS, [['file', { texts, faults: [] }]]);
}

function isQuantity(value: string): boolean {
  const amount = quantityNumber(value);
  return amount !== null && amount > 0;
}
