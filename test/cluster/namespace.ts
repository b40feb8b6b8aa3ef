import { afterAll, beforeAll } from 'vitest';
import { Cluster } from './cluster.ts';

/** The cluster with a namespace for the tests of one file: there before them, gone after them. */
export function inNamespace(name: string): () => Cluster {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.connect();
    await cluster.makeNamespace(name);
  });
  afterAll(async () => {
    await cluster.removeNamespace(name);
    await cluster.close();
  });
  return () => cluster;
}
