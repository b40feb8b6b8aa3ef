import type { Registry } from 'prom-client';

/** A sample as prom-client keeps it, under a hash of its labels. */
interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

/** Takes the samples of a workload away that is no more one of the process. */
export function forgetWorkload(registry: Registry, workload: string): void {
  for (const metric of registry.getMetricsAsArray()) {
    const { hashMap } = metric as unknown as { hashMap: Record<string, Labelled> };
    for (const [hash, { labels }] of Object.entries(hashMap)) {
      if (labels.workload === workload) delete hashMap[hash];
    }
  }
}
