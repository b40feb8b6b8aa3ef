import type { OptionField } from './options.ts';

/** Options of the process, which its workloads share: no entry of `workloads` may set them. */
export const PROCESS_FIELDS: readonly OptionField[] = [
  ...(['role', 'listen', 'grpcListen', 'tlsCertFile', 'tlsKeyFile', 'tlsClientCaFile'] as const),
  ...(['httpTokenFile', 'httpTokenAll', 'forecasterUrl', 'forecasterIntervalSeconds'] as const),
  ...(['forecasterTokenFile', 'forecasterCaFile', 'storage', 'redisAddr', 'redisDb'] as const),
  ...(['redisPassword', 'redisPasswordFile', 'redisTtlSeconds', 'logLevel'] as const),
  ...(['logFormat', 'injected', 'config', 'help', 'version', 'printConfig'] as const),
  ...(['mode', 'overrideMaxSeconds'] as const),
];
