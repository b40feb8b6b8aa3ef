// prom-client's default collectors, one file each; its own types cover only all of them at once.
declare module 'prom-client/lib/metrics/*.js' {
  import type { Registry } from 'prom-client';

  const collect: (
    registry: Registry,
    config?: { readonly eventLoopMonitoringPrecision?: number },
  ) => void;
  export default collect;
}
