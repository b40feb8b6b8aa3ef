import { expect } from 'vitest';
import { wireCommand } from '../../src/cli/wire.ts';
import { FakeTerminal } from '../cli/terminal.ts';
import { type KubeObject, objectsIn, ofKind } from '../manifests/objects.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { manifest } from '../wiring/workloads.ts';
import type { Cluster } from './cluster.ts';
import { ENVIRONMENT, freeAddress } from './environment.ts';
import { askingBeside, hpaOf } from './scaled-object.ts';

const POLLING_SECONDS = 5;
const METRICS = '/apis/external.metrics.k8s.io/v1beta1';
/** What `kedastral wire` has to know; KEDA asks no query here. */
const ANNOTATIONS = { 'prom-url': 'http://prometheus:9090', 'prom-query': 'x' };

/** Options of a sidecar, by name. */
export type SidecarOptions = Readonly<Record<string, string>>;

/**
 * For a load that the test sets: a pod for each 100, and forecasts that are quick to age. Ten
 * seconds after the last sample nothing covers the lead time any more.
 */
export const QUICK_OPTIONS: SidecarOptions = {
  ...{ step: '2s', interval: '1s', settle: '1s', window: '20s', history: '10m' },
  ...{ 'lead-time': '4s', horizon: '12s', 'stale-after': '6s', model: 'baseline' },
  ...{ 'target-per-pod': '100', headroom: '1', 'down-max-percent': '100', max: '50' },
};

export interface WorkloadWishes {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Options that the sidecar and `kedastral wire` share. */
  readonly options: SidecarOptions;
  /** Flags of `kedastral wire`. */
  readonly wire?: readonly string[];
  /** Fields of the ScaledObject that are the user's choice. */
  readonly choose?: (spec: KubeObject) => void;
}

/** Replicas of a Deployment: those that are asked for, and those that can serve. */
export interface Replicas {
  readonly asked: number;
  readonly ready: number;
}

/**
 * A Deployment that KEDA scales as `kedastral wire` says, asking a process beside the cluster, with
 * the forecast as its only trigger.
 */
export class ScaledWorkload {
  private constructor(
    private readonly cluster: Cluster,
    private readonly wishes: WorkloadWishes,
    private readonly scaledObject: KubeObject,
    /** Where KEDA asks. */
    readonly address: string,
  ) {}

  /** Applied, and scaled by nobody until something answers at its address. */
  static async make(cluster: Cluster, wishes: WorkloadWishes): Promise<ScaledWorkload> {
    const address = await freeAddress();
    const deployment = deploymentOf(wishes);
    const terminal = new FakeTerminal(false, { '-': manifest(deployment) });
    const argv = ['--safety=none', ...(wishes.wire ?? [])];
    expect(await wireCommand(argv, terminal), terminal.errors).toBe(0);
    const [printed] = ofKind(objectsIn(terminal.output), 'ScaledObject');
    const scaledObject = askingBeside(printed, address);
    scaledObject.spec.pollingInterval = POLLING_SECONDS;
    wishes.choose?.(scaledObject.spec);
    await cluster.apply([deployment, scaledObject]);
    return new ScaledWorkload(cluster, wishes, scaledObject, address);
  }

  /** Starts the process that KEDA asks, again if it was ended. */
  async startSidecar(...argv: readonly string[]): Promise<Sidecar> {
    return this.startSidecarAt(this.address, ...argv);
  }

  async startSidecarAt(address: string, ...argv: readonly string[]): Promise<Sidecar> {
    const { namespace, name, options } = this.wishes;
    const flags = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
    const identity = [`--workload=${namespace}/${name}`, `--grpc-listen=${address}`];
    return Sidecar.start([...identity, ...flags, ...argv]);
  }

  /** Waits until KEDA has made an HPA that asks for the forecast. */
  async isScaled(): Promise<void> {
    await hpaOf(this.cluster, this.scaledObject);
  }

  async replicas(): Promise<Replicas> {
    const { namespace, name } = this.wishes;
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    const { spec, status } = await this.cluster.demand('GET', path);
    return { asked: spec.replicas, ready: status.readyReplicas ?? 0 };
  }

  async has(replicas: number, timeoutMs?: number): Promise<void> {
    await this.#until(`${replicas} replicas`, (asked) => asked === replicas, timeoutMs);
  }

  /** A climb may be forecast to go on, and the HPA's tolerance keeps a pod too many. */
  async hasAtLeast(replicas: number): Promise<void> {
    await this.#until(`at least ${replicas} replicas`, (asked) => asked >= replicas);
  }

  async #until(
    what: string,
    isRight: (asked: number) => boolean,
    timeoutMs = 90_000,
  ): Promise<void> {
    let last = -1;
    const arrived = async () => {
      last = (await this.replicas()).asked;
      return isRight(last);
    };
    await until(`${what} of ${this.wishes.name}`, arrived, timeoutMs).catch((thrown) => {
      throw new Error(`${(thrown as Error).message}, but ${last}`);
    });
  }

  /** What KEDA tells the HPA; null where it has no answer. */
  async valueOfKeda(): Promise<number | null> {
    const { namespace, name } = this.wishes;
    const selector = `scaledobject.keda.sh/name=${this.scaledObject.metadata.name}`;
    const query = new URLSearchParams({ labelSelector: selector });
    const path = `${METRICS}/namespaces/${namespace}/s0-desired_replicas?${query}`;
    const { status, body } = await this.cluster.call('GET', path);
    if (status !== 200) return null;
    const [item, ...others] = body.items;
    expect(others, name).toEqual([]);
    return Number(item.value);
  }

  /** Status of a condition of its ScaledObject, such as Fallback. */
  async condition(type: string): Promise<string | undefined> {
    const { status } = (await this.cluster.get(await this.cluster.pathOf(this.scaledObject))) ?? {};
    return status?.conditions?.find((each: KubeObject) => each.type === type)?.status;
  }
}

function deploymentOf({ namespace, name, replicas, options }: WorkloadWishes): KubeObject {
  const { node, image } = ENVIRONMENT;
  const texts = Object.entries({ ...ANNOTATIONS, ...options });
  const annotations = Object.fromEntries(texts.map(([key, text]) => [`kedastral.io/${key}`, text]));
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: {
          terminationGracePeriodSeconds: 0,
          ...(node === '' ? {} : { nodeName: node }),
          containers: [{ name: 'app', image, resources: { requests: { cpu: '10m' } } }],
        },
      },
    },
  };
}
