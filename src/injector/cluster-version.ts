/** Version of a Kubernetes cluster. */
export interface ClusterVersion {
  readonly major: number;
  readonly minor: number;
}

/** Native sidecars are on by default. */
const NATIVE_SINCE: ClusterVersion = { major: 1, minor: 29 };
/** HPAConfigurableTolerance is on by default. */
const TOLERANCE_SINCE: ClusterVersion = { major: 1, minor: 35 };

/** Whether containers beside the application may be native sidecars there. */
export function knowsNativeSidecars(version: ClusterVersion): boolean {
  return isSince(version, NATIVE_SINCE);
}

/** Whether an HPA may have a tolerance of its own there. */
export function knowsTolerance(version: ClusterVersion): boolean {
  return isSince(version, TOLERANCE_SINCE);
}

function isSince({ major, minor }: ClusterVersion, since: ClusterVersion): boolean {
  return major > since.major || (major === since.major && minor >= since.minor);
}
