import { join } from 'node:path';
import { ROOT } from '../house/sources.ts';
import { until } from '../parts/until.ts';
import type { Cluster } from './cluster.ts';

const GROUP = '/apis/monitoring.coreos.com/v1';
const FILES = ['podmonitors', 'prometheusrules', 'servicemonitors'].map((kind) =>
  join(ROOT, `test/manifests/prometheus-operator-0.85.0-${kind}.yaml`),
);

/** The Prometheus Operator's kinds, brought along where the cluster has none. */
export class MonitoringKinds {
  private constructor(
    private readonly cluster: Cluster,
    private readonly isOurs: boolean,
  ) {}

  static async install(cluster: Cluster): Promise<MonitoringKinds> {
    const isThere = (await cluster.get(GROUP)) !== null;
    if (!isThere) {
      // A last-applied annotation would be too long for these.
      await cluster.kubectl(['apply', '--server-side', ...FILES.flatMap((file) => ['-f', file])]);
      await until('the kinds of the Prometheus Operator', async () => {
        const group = await cluster.get(GROUP);
        return group?.resources.length >= FILES.length;
      });
    }
    return new MonitoringKinds(cluster, !isThere);
  }

  async remove(): Promise<void> {
    if (this.isOurs) await this.cluster.kubectl(['delete', ...FILES.flatMap((f) => ['-f', f])]);
  }
}
