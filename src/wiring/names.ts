import { createHash } from 'node:crypto';

const LABEL_LENGTH_MAX = 63;
/** KEDA names the HPA after the ScaledObject, and both are values of labels. */
const HPA_PREFIX = 'keda-hpa-';
const SERVICE_SUFFIX = '-kedastral';
const HASH_LENGTH = 8;

/** `<workload>-kedastral`, as far as a Service may be named so (RFC 1035). */
export function serviceName(workload: string): string {
  const bare = workload.replaceAll('.', '-');
  const letter = /^[a-z]/.test(bare) ? bare : `w-${bare}`;
  const fitted = letter.slice(0, LABEL_LENGTH_MAX - SERVICE_SUFFIX.length);
  return fitted === workload
    ? workload + SERVICE_SUFFIX
    : hashed(fitted, workload, LABEL_LENGTH_MAX - SERVICE_SUFFIX.length) + SERVICE_SUFFIX;
}

/** The workload's own name, as far as KEDA takes it. */
export function scaledObjectName(workload: string): string {
  const most = LABEL_LENGTH_MAX - HPA_PREFIX.length;
  return workload.length <= most ? workload : hashed(workload, workload, most);
}

/** The name as the value of a label. */
export function labelOf(workload: string): string {
  const isShort = workload.length <= LABEL_LENGTH_MAX;
  return isShort ? workload : hashed(workload, workload, LABEL_LENGTH_MAX);
}

/** Two names that are alike where they are cut stay apart. */
function hashed(text: string, whole: string, lengthMax: number): string {
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH);
  const cut = text.slice(0, lengthMax - HASH_LENGTH - 1).replace(/[^a-z0-9]+$/, '');
  return `${cut}-${hash}`;
}
