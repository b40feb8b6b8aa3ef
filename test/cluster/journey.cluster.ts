import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { backfilled, METRIC } from '../flow/load.ts';
import { page } from '../house/pages.ts';
import { ROOT } from '../house/sources.ts';
import type { KubeObject } from '../manifests/objects.ts';
import { goTool } from '../parts/go-tools.ts';
import type { Injector } from '../parts/injector.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { Cluster } from './cluster.ts';
import { ENVIRONMENT, freeAddress } from './environment.ts';
import { MonitoringKinds } from './monitoring-kinds.ts';
import { askingBeside, expectHpa, hpaOf } from './scaled-object.ts';
import { isInjected, removeInjector, templateOf, Webhook } from './webhook.ts';

const README = page('README.md').split('## In your cluster')[1] ?? '';
const FAILURES = page('manifests/FAILURES.md');
const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/my-api';
const SCALED_OBJECT = '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/my-api';
const STEP_SECONDS = 60;
const HISTORY_STEPS = 2 * 24 * 60;

/** The command of a page that starts with these words. */
function command(words: string, text = README): string {
  const lines = text.split('\n').filter((line) => line.startsWith(words));
  expect(lines, words).toHaveLength(1);
  return lines[0] as string;
}

describe.skipIf(goTool('helm') === null)('the five commands of README', () => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let monitoring: MonitoringKinds;
  let prometheus: Prometheus;
  let injector: Injector | undefined;

  /** Runs a command of a page as a user does, in a folder with deployment.yaml. */
  async function shell(line: string): Promise<string> {
    const kedastral = `"${process.execPath}" "${join(ROOT, 'dist/kedastral.js')}"`;
    const text = line.replaceAll('npx kedastral', kedastral);
    const tools = [dirname(goTool('helm') ?? ''), dirname(ENVIRONMENT.kubectl), process.env.PATH];
    const env = { ...process.env, PATH: tools.join(':') };
    const options = { cwd: folder, env, maxBuffer: 2 ** 26 };
    return (await promisify(execFile)('sh', ['-c', text], options)).stdout;
  }

  beforeAll(async () => {
    cluster = await Cluster.connect();
    monitoring = await MonitoringKinds.install(cluster);
    await cluster.makeNamespace('shop');
    prometheus = await Prometheus.start({ backfill: [backfilled(STEP_SECONDS, HISTORY_STEPS)] });
    await symlink(join(ROOT, 'manifests'), join(folder, 'manifests'));
    await writeFile(join(folder, 'deployment.yaml'), stringify(deployment()));
  });

  afterAll(async () => {
    await injector?.program.stop();
    await prometheus.stop();
    await cluster.removeNamespace('shop');
    await removeInjector(cluster);
    await monitoring.remove();
    await cluster.close();
  });

  /** A Deployment with what README shows of its pod template, and a Prometheus that is there. */
  function deployment(): KubeObject {
    const block = README.split('```yaml\n')[1]?.split('```')[0] ?? '';
    const { metadata } = parse(block).template;
    const annotations = {
      ...metadata.annotations,
      'kedastral.io/prom-url': prometheus.url,
      'kedastral.io/prom-query': METRIC,
    };
    const { spec } = templateOf('my-api', {});
    const labels = { ...metadata.labels, app: 'my-api' };
    return {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name: 'my-api', namespace: 'shop' },
      spec: {
        selector: { matchLabels: { app: 'my-api' } },
        template: { metadata: { labels, annotations }, spec },
      },
    };
  }

  it('make KEDA scale a workload by the sidecar that its pods were given', async () => {
    // Helm waits for what runs beside the cluster: its image is in no registry.
    const installed = shell(command('helm install kedastral '));
    const webhook = await Webhook.takeOver(cluster);
    injector = await webhook.start(true);
    await installed;
    await shell(command('kubectl apply -f deployment.yaml'));
    const pods = '/api/v1/namespaces/shop/pods?labelSelector=app%3Dmy-api';
    const [pod] = await until('a pod', async () => {
      const { items } = await cluster.demand('GET', pods);
      return items.length > 0 ? items : null;
    });
    expect(isInjected(pod)).toBe(true);

    await shell(command('npx kedastral wire -f deployment.yaml | kubectl apply'));
    // What the pod would run, beside the cluster.
    const address = await freeAddress();
    const { args } = pod.spec.containers.find(({ name }: KubeObject) => name === 'kedastral');
    const env = { NAMESPACE: 'shop' };
    const sidecar = await Sidecar.start([...args, `--grpc-listen=${address}`], env);
    const scaledObject = await cluster.demand('GET', SCALED_OBJECT);
    const { triggers } = askingBeside(scaledObject, address).spec;
    await cluster.merge(SCALED_OBJECT, { spec: { triggers } });
    expectHpa(await hpaOf(cluster, scaledObject), scaledObject);

    const { desiredReplicas } = await sidecar.forecast();
    const most = Math.max(...desiredReplicas);
    const least = Math.min(...desiredReplicas);
    expect(least).toBeGreaterThan(1);
    await until(
      `${least} to ${most} replicas`,
      async () => {
        const { spec } = await cluster.demand('GET', DEPLOYMENT);
        return spec.replicas >= least && spec.replicas <= most;
      },
      60_000,
    );
    await sidecar.stop();
  });

  it('leave pods of which none is outdated, as kedastral pods says', async () => {
    const list = command('kubectl get pods,limitranges,resourcequotas,namespaces', FAILURES);
    expect(await shell(list)).toMatch(/^[1-9]\d* pods with a sidecar .*, 0 to look at$/m);
    const other = await shell(`${list} --image=kedastral:9`);
    expect(other).toContain('kubectl rollout restart deployment/my-api -n shop');
  });

  it('are looked after by those of FAILURES.md', async () => {
    const answer = (words: string) => shell(command(words, FAILURES));
    expect(await answer('kubectl get scaledobjects')).toMatch(/^0 errors/m);
    expect(await answer('kubectl describe scaledobject my-api')).toContain('ScaledObjectReady');
    expect(await answer('kubectl describe hpa')).toContain('keda-hpa-my-api');
    // Not every cluster of tests has the controller that makes them.
    expect(await answer('kubectl get endpointslices')).toMatch(/^$|^my-api-kedastral/m);
    const restart = / `(kubectl rollout restart [^`]+)`/.exec(FAILURES)?.[1] ?? '';
    expect(await shell(restart)).toContain('restarted');
    const [pause = '', goOn = ''] = FAILURES.split('\n').filter((line) =>
      line.startsWith('kubectl annotate '),
    );
    const isPaused = async () => {
      const { conditions } = (await cluster.demand('GET', SCALED_OBJECT)).status;
      return conditions.find(({ type }: KubeObject) => type === 'Paused')?.status === 'True';
    };
    await shell(pause);
    await until('KEDA pauses', isPaused);
    const { replicas } = (await cluster.demand('GET', DEPLOYMENT)).spec;
    await shell(goOn);
    await until('KEDA goes on', async () => !(await isPaused()));
    const printed = await shell(command('npx kedastral wire', FAILURES));
    expect(printed).toMatch(/^scaledobject.* deleted/m);
    expect(printed).toMatch(/^poddisruptionbudget.* deleted/m);
    expect(await cluster.get(SCALED_OBJECT)).toBeNull();
    await answer('helm uninstall kedastral');
    expect((await cluster.demand('GET', DEPLOYMENT)).spec.replicas).toBe(replicas);
  });
});
