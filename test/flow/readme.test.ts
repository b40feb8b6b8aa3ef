import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PAGES, page } from '../house/pages.ts';
import { ROOT } from '../house/sources.ts';
import { goTool, said as toolSaid } from '../parts/go-tools.ts';
import { freePort } from '../parts/ports.ts';
import { Program, temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { tryFetch, until } from '../parts/until.ts';
import { backfilled, demandAt } from './load.ts';

const INSTALL_MS_MAX = 180_000;
const THREE_DAYS_OF_MINUTES = 3 * 24 * 60;
const README = page('README.md');
const ALL = PAGES.map(page).join('\n');

/** Of a workload that runs: test/cluster/journey.cluster.ts tries those that need no kubelet. */
const OF_A_CLUSTER =
  /^(kubectl (describe|annotate|delete|get end\w+|logs|port-forward|rollout restart) |helm un\w+ )/;

const POD = { apiVersion: 'v1', kind: 'Pod' };

const run = promisify(execFile);

/** The lines of the pages' shell blocks, and what their text shows as a command. */
function commands(): string[] {
  const blocks = [...ALL.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '');
  const lines = blocks.flatMap((block) => block.split('\n'));
  const inText = [...ALL.matchAll(/`((?:npm|npx|curl|docker|kubectl|helm) [^`\n]+)`/g)];
  const all = [...lines, ...inText.map(([, command]) => command ?? '')];
  const bare = all.map((line) => line.replace(/\s+#.*$/, '').trim());
  return [...new Set(bare)].filter((line) => line !== '');
}

function imageCommand(): string {
  return commands().find((line) => line.startsWith('docker build')) ?? '';
}

/** What git would give to a stranger: the files it keeps, without what was built. */
async function freshClone(): Promise<string> {
  const folder = temporaryFolder();
  const git = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', git, { cwd: ROOT });
  for (const path of stdout.trim().split('\n')) cpSync(join(ROOT, path), join(folder, path));
  return folder;
}

/**
 * An answer's types in place of its values, without the quantiles that README leaves out. Which
 * members an ensemble weighs differs from series to series: their names are left out as well.
 */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [typeof value[0]];
  if (typeof value !== 'object' || value === null) return typeof value;
  const fields = Object.entries(value).filter(([name]) => !/^0\.(?!5$|9$)/.test(name));
  const isByMember = fields.some(([name]) => name.includes(' '));
  return isByMember
    ? shapeOf(fields[0]?.[1])
    : Object.fromEntries(fields.map(([name, each]) => [name, shapeOf(each)]));
}

describe('the commands of the pages', () => {
  const rest = new Set(commands());
  let clone: string;
  let http: string;
  let started: Program;

  /** One command of the pages, as it stands there. */
  const said = (command: string): string => {
    expect(rest.delete(command), `the pages say \`${command}\``).toBe(true);
    return command;
  };
  const shell = async (command: string): Promise<string> => {
    const program = new Program('sh', ['-c', `cd ${clone} && ${command}`]);
    const { code } = await program.exited;
    expect(code, program.output).toBe(0);
    return program.stdout;
  };

  beforeAll(async () => {
    clone = await freshClone();
    http = `127.0.0.1:${await freePort()}`;
  });

  const [install = '', start = ''] = 'npm ci && npm start'.split(' && ');

  it('install a fresh clone', () => shell(install), INSTALL_MS_MAX);

  // Before anything else could have built it: the first command may be any of them.
  it('forecast a CSV', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `${i * 60},${demandAt(i * 60)}`);
    await writeFile(join(clone, 'requests.csv'), `timestamp,value\n${rows.join('\n')}\n`);
    const output = await shell(said('npx kedastral forecast --input requests.csv'));
    expect(output).toContain('baseline');
  });

  it('backtest a CSV', async () => {
    const output = await shell(said('npx kedastral backtest requests.csv'));
    expect(output).toMatch(/^kedastral auto +[\d.]+ /m);
  });

  it('inject a manifest, and take it back', async () => {
    const [, template = ''] = /^```yaml\n(template:[\s\S]*?)^```/m.exec(README) ?? [];
    const { template: shown } = parse(template);
    const containers = [{ name: 'my-api', image: 'my-api:1' }];
    const manifest = stringify({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'my-api' } },
      spec: { template: { ...shown, spec: { containers } } },
    });
    await writeFile(join(clone, 'deployment.yaml'), manifest);
    await shell(said('npx kedastral inject -f deployment.yaml > injected.yaml'));
    expect(readFileSync(join(clone, 'injected.yaml'), 'utf8')).toContain('- name: kedastral');
    expect(await shell(said('npx kedastral uninject -f injected.yaml'))).toBe(manifest);
  });

  it('wire it, check that, and look for outdated sidecars', async () => {
    await shell(said('npx kedastral wire -f deployment.yaml > wired.yaml'));
    const lint = said('npx kedastral lint -f deployment.yaml -f wired.yaml --pod-start 45s');
    expect(await shell(lint)).toBe('0 errors, 0 warnings, 1 checked\n');
    const { template } = parse(readFileSync(join(clone, 'injected.yaml'), 'utf8')).spec;
    const metadata = { ...template.metadata, name: 'my-api-0', namespace: 'default' };
    const ownerReferences = [{ kind: 'StatefulSet', name: 'my-api', controller: true }];
    const pod = { ...template, metadata: { ...metadata, ownerReferences } };
    await writeFile(join(clone, 'pods.json'), JSON.stringify({ ...pod, ...POD }));
    const objects = 'pods,limitranges,resourcequotas,namespaces,configmaps,deployments';
    const [get, list = ''] = said(`kubectl get ${objects} -A -o json | npx kedastral pods`).split(
      ' | ',
    );
    expect(get).toMatch(/^kubectl get pods/);
    expect(await shell(`${list} < pods.json`)).toContain('1 pods with a sidecar');
  });

  it('check what a cluster has, and an HPA that is left', async () => {
    const all = 'kubectl get scaledobjects,hpa,deployments,services,pods -n shop -o yaml';
    const [, lint = ''] = said(`${all} | npx kedastral lint`).split(' | ');
    const readBack = `cat deployment.yaml > all.yaml && echo --- >> all.yaml && cat wired.yaml`;
    expect(await shell(`${readBack} >> all.yaml && ${lint} < all.yaml`)).toContain('0 errors');
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'my-api' };
    const spec = { scaleTargetRef, minReplicas: 2, maxReplicas: 50 };
    const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', spec };
    await writeFile(
      join(clone, 'hpa.yaml'),
      stringify({ ...hpa, metadata: { name: 'my-api', namespace: 'default' } }),
    );
    const left = said('npx kedastral lint -f deployment.yaml -f hpa.yaml -f wired.yaml');
    expect(await shell(`${left} || true`)).toContain('target_shared');
  });

  it('make a cluster scale it: what is there is valid (test/manifests)', async () => {
    const apply = commands().filter((line) => line.startsWith('kubectl apply -k'));
    for (const command of apply) {
      const [, folder = ''] = / -k (\S+)$/.exec(said(command)) ?? [];
      expect(readdirSync(join(ROOT, folder))).toContain('kustomization.yaml');
    }
    expect(apply).toHaveLength(1);
    for (const line of commands()) if (OF_A_CLUSTER.test(line)) said(line);
    const [, name] =
      /^kubectl rollout status deployment\/(\S+) -n \S+$/m.exec(commands().join('\n')) ?? [];
    said(`kubectl rollout status deployment/${name} -n ${name?.split('-')[0]}`);
    said('kubectl apply -f deployment.yaml');
    const [wire = ''] = said('npx kedastral wire -f deployment.yaml | kubectl apply -f -').split(
      ' | ',
    );
    expect(await shell(wire)).toBe(readFileSync(join(clone, 'wired.yaml'), 'utf8'));
    said('npx kedastral wire -f deployment.yaml | kubectl delete --ignore-not-found -f -');
    const [keda = '', kedastral = ''] = commands().filter((line) =>
      line.startsWith('helm install'),
    );
    expect(said(keda)).toMatch(/^helm install keda keda --repo \S+ --namespace keda /);
    const [folder = '', ...options] = said(kedastral).split(' ').slice(3);
    expect(readdirSync(join(ROOT, folder))).toContain('Chart.yaml');
    if (goTool('helm') === null) return;
    // Without it the pods of the next command may come before the webhook.
    expect(options).toContain('--wait');
    const chart = [join(ROOT, folder), ...options];
    const [, image = ''] = / -t (\S+)/.exec(imageCommand()) ?? [];
    const names = chart.filter((option) => !['--create-namespace', '--wait'].includes(option));
    expect(await toolSaid('helm', 'template', 'kedastral', ...names)).toContain(
      `image: ${image}\n`,
    );
  });

  it(
    'start the sidecar',
    async () => {
      said(`${install} && ${start}`);
      const options = `--listen ${http} --grpc-listen 127.0.0.1:${await freePort()}`;
      started = new Program('sh', ['-c', `cd ${clone} && ${start} -- ${options}`]);
      const isReady = async () => {
        if (started.exit) throw new Error(`npm start ended:\n${started.output}`);
        return (await tryFetch(`http://${http}/readyz`))?.ok;
      };
      await until('a forecast', isReady, INSTALL_MS_MAX);
    },
    INSTALL_MS_MAX,
  );

  it('ask for the forecast, its explanation and its accuracy', async () => {
    const current = said('curl localhost:8081/forecast/current').replace('localhost:8081', http);
    const snapshot = JSON.parse(await shell(current));
    const [, shown = ''] = /^```json\n([\s\S]*?)^```/m.exec(README) ?? [];
    expect(shapeOf(snapshot)).toEqual(shapeOf(JSON.parse(shown)));
    const explain = said('curl localhost:8081/forecast/explain').replace('localhost:8081', http);
    expect(JSON.parse(await shell(explain))).toMatchObject({ workload: 'my-api' });
    const accuracy = said('curl localhost:8081/forecast/accuracy').replace('localhost:8081', http);
    expect(JSON.parse(await shell(accuracy))).toMatchObject({ workload: 'my-api' });
    await started.stop();
  });

  it('order replicas by hand', async () => {
    await writeFile(join(clone, 'tokens'), 'sesame\n');
    const options = `--http-token-file tokens --listen ${http} --mode shadow`;
    const sidecar = new Program('sh', ['-c', `cd ${clone} && npx kedastral sidecar ${options}`]);
    await until('a sidecar', async () => {
      if (sidecar.exit) throw new Error(`the sidecar ended:\n${sidecar.output}`);
      return (await tryFetch(`http://${http}/healthz`))?.ok;
    });
    const [put = '', clear = ''] = commands().filter((line) => line.startsWith('curl -X'));
    const asked = (command: string) =>
      shell(`TOKEN=sesame && ${said(command).replace('localhost:8081', http)}`);
    expect(JSON.parse(await asked(put))).toMatchObject({ served: { replicas: 12 } });
    expect(JSON.parse(await asked(clear))).toMatchObject({ override: null });
    await sidecar.stop();
  });

  describe('on a Prometheus', () => {
    let prometheus: Prometheus;
    const command = (name: string): string => {
      const line = commands().find((each) => each.startsWith(`npx kedastral ${name}`)) ?? '';
      return said(line).replace('http://prometheus:9090', prometheus.url);
    };

    beforeAll(async () => {
      let served = 0;
      const samples = backfilled(60, THREE_DAYS_OF_MINUTES).samples.map(([seconds, rate]) => {
        served += rate * 60;
        return [seconds, served] as const;
      });
      const labels = { app: 'my-api' };
      const backfill = [{ metric: 'http_requests_total', labels, samples }];
      prometheus = await Prometheus.start({ backfill });
    });

    it('check a query', async () => {
      const output = await shell(command('check'));
      expect(output).toMatch(/series +one/);
      expect(output).toMatch(/planned for it \d+ replicas/);
    });

    it('start the sidecar on it', async () => {
      const options = `--listen ${http} --grpc-listen 127.0.0.1:${await freePort()}`;
      const line = `cd ${clone} && ${command('sidecar')} ${options}`;
      const sidecar = new Program('sh', ['-c', line]);
      const forecast = await until('a forecast', async () => {
        if (sidecar.exit) throw new Error(`the sidecar ended:\n${sidecar.output}`);
        const response = await tryFetch(`http://${http}/forecast/current`);
        return response?.ok ? response.json() : null;
      });
      expect(forecast.dataQuality.points).toBeGreaterThan(THREE_DAYS_OF_MINUTES - 60);
      await sidecar.stop();
      await prometheus.stop();
    });
  });

  it('build the image, as its Dockerfile says itself', () => {
    const build = said(imageCommand());
    const [, file = ''] = / -f (\S+) /.exec(build) ?? [];
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`#   ${build}\n`);
  });

  it('test it, as CI does', () => {
    const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    for (const command of said('npm ci && npm test').split(' && ')) {
      expect(ci.split('\n')).toContain(command);
    }
  });

  it('are all run here, or are scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const names = [...rest].map(
      (command) => /^npm run ([\w:-]+)(?: -- .+)?$/.exec(command)?.[1] ?? command,
    );
    for (const name of names) expect(Object.keys(scripts)).toContain(name);
  });
});
