import { Cluster } from './cluster.ts';
import { NAMESPACES } from './environment.ts';

/** Refuses a cluster without KEDA, and one that has what the tests would make and delete. */
export default async function setup(): Promise<void> {
  const cluster = await Cluster.connect();
  try {
    const { gitVersion } = await cluster.demand('GET', '/version');
    await cluster.demand('GET', '/apis/keda.sh/v1alpha1');
    const { items } = await cluster.demand('GET', '/api/v1/namespaces');
    const names: string[] = items.map(({ metadata }: { metadata: { name: string } }) => {
      return metadata.name;
    });
    const taken = NAMESPACES.filter((name) => names.includes(name));
    if (taken.length > 0) {
      throw new Error(
        `the cluster has namespaces that the tests would delete: ${taken.join(', ')}. ` +
          'Use a cluster of its own.',
      );
    }
    process.stdout.write(`on Kubernetes ${gitVersion}\n`);
  } finally {
    await cluster.close();
  }
}
