/** Of the label that asks for a sidecar, and of the annotations with its options. */
export const PREFIX = 'kedastral.io/';
export const INJECT_LABEL = `${PREFIX}inject`;
export const MARKER = `${PREFIX}injected`;
export const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';
export const CONTAINER = 'kedastral';
/** Of the volume, unless the pod has one of that name: then with a number behind it. */
export const SECRETS_VOLUME = 'kedastral-secrets';
