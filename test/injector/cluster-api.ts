import { onTestFinished } from 'vitest';
import { Kubernetes } from '../../src/injector/kubernetes.ts';
import { injectorObjects, KubeApi } from '../parts/kube-api.ts';
import { cleanUp } from '../parts/program.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** An API server as the injector finds it, with its client and a clock, until the test is over. */
export async function clusterApi(startMs: number, objects = injectorObjects()) {
  const api = await KubeApi.start(objects);
  const kubernetes = new Kubernetes(api.options);
  onTestFinished(async () => {
    kubernetes.close();
    await api.stop();
    await cleanUp();
  });
  return { api, kubernetes, clock: new VirtualClock(startMs) };
}
