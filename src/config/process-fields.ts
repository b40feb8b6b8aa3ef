import { OPTION_GROUPS, type OptionField } from './options.ts';

const { Scaler, Storage, Process } = OPTION_GROUPS;

/** Options of the process, which its workloads share: no entry of `workloads` may set them. */
export const PROCESS_FIELDS: readonly OptionField[] = [
  'role',
  'mode',
  'listen',
  'grpcListen',
  'tlsCertFile',
  'tlsKeyFile',
  'tlsClientCaFile',
  'httpTokenFile',
  'httpTokenAll',
  'overrideMaxSeconds',
  ...(Object.keys({ ...Scaler, ...Storage, ...Process }) as OptionField[]),
];
