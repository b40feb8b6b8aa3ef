import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import { helpRows } from '../config/render.ts';
import type { Environment } from '../config/sources.ts';
import { asFault } from '../errors.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { VERSION } from '../version.ts';
import type { Wishes } from './annotations.ts';
import { ClusterView } from './cluster.ts';
import { CertificateKeeper } from './keeper.ts';
import { readKeyFiles } from './key-files.ts';
import { Kubernetes } from './kubernetes.ts';
import { Leadership } from './lease.ts';
import { type BackgroundWork, InjectorMetrics } from './metrics.ts';
import { INJECTION_OPTIONS } from './options.ts';
import { ownImage } from './own-image.ts';
import { type KeyPair, validityOf } from './pem.ts';
import { InjectorServer } from './server.ts';
import {
  excludedNamespaces,
  INJECTOR_GROUPS,
  type ReadSettings,
  readSettings,
  type Settings,
} from './settings.ts';
import { WebhookTrust } from './trust.ts';

const EXIT_FAILURE = 1;
const REFRESH_MS = 30_000;
/** How often the certificate and the lease are looked at; oftener for a short life. */
const KEEP_MS_MAX = 5_000;
const KEEPS_PER_LIFE = 24;

interface Context {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: InjectorMetrics;
  readonly kubernetes: Kubernetes;
}

/** Gives the certificate to serve with now; null while there is none. */
type KeySource = () => Promise<KeyPair | null>;

/** Runs the injector until SIGTERM or SIGINT; resolves to the exit code. */
export async function runInjector(argv: readonly string[], env: Environment): Promise<number> {
  const read = await readSettings(argv, env, (path) => readFile(path, 'utf8'));
  const { settings, faults } = read;
  if (settings.help || settings.version) {
    process.stdout.write(settings.help ? injectorHelp() : `${VERSION}\n`);
    return 0;
  }
  if (faults.length > 0) {
    process.stderr.write(formatFaults(faults));
    return USAGE_EXIT_CODE;
  }
  const clock = systemClock;
  const { logLevel: level, logFormat: format } = settings;
  const log = createLogger({ level, format, name: 'kedastral-injector', clock });
  const metrics = new InjectorMetrics();
  const kubernetes = new Kubernetes(settings);
  try {
    return await serve(read, { settings, clock, log, metrics, kubernetes });
  } catch (thrown) {
    log.fatal('cannot start', { fault: asFault(thrown, 'http') });
    return EXIT_FAILURE;
  } finally {
    kubernetes.close();
  }
}

export function injectorHelp(): string {
  const groups = { ...INJECTOR_GROUPS, 'Defaults of all sidecars': INJECTION_OPTIONS };
  const rows = Object.entries(groups).map(([title, rows]) => `\n${title}:\n${helpRows(rows)}`);
  return `Usage: injector [option …]\n\nOptions: a flag before the environment.\n${rows.join('')}`;
}

async function serve(read: ReadSettings, context: Context): Promise<number> {
  const { settings } = read;
  let { defaults } = read;
  const { clock, log, metrics, kubernetes } = context;
  const stop = new AbortController();
  const { signal } = stop;
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const excluded = excludedNamespaces(settings.namespace, settings.excludedNamespaces);
  const cluster = new ClusterView(kubernetes, clock, excluded);
  const onUnread = (thrown: unknown) => workFailed('cluster', thrown, context);
  const server = new InjectorServer({
    ...{ clock, metrics },
    surround: async (namespace) => ({
      ...(await cluster.namespace(namespace, onUnread)),
      knowsNative: cluster.knowsNative,
      defaults,
    }),
    excludedNamespaces: excluded,
    onMissed: (missed) => log.warn('not injected', { ...missed }),
    onFault: (thrown) => log.error('review failed', { fault: asFault(thrown, 'http') }),
  });
  const leadership = new Leadership(kubernetes, clock, `${hostname()}_${randomUUID()}`, {
    namespace: settings.namespace,
    name: settings.leaseName,
  });
  const plainPort = await server.startPlain(settings.metricsListen);
  log.info('started', { version: VERSION, plainPort });
  const refresh = async () => {
    await attempt(() => cluster.refresh(), 'cluster', context);
    if (cluster.bareCounts !== null) metrics.podsWithoutSidecar(cluster.bareCounts);
  };
  // Pods are not to be injected before what bounds them is known, if it can be known.
  const working = refresh().then(async () => {
    defaults = await withImage(defaults, signal, context);
    await Promise.all([
      repeat(REFRESH_MS, signal, clock, refresh),
      cluster.follow(signal, onUnread),
      keep(server, keySource(leadership, context), signal, context),
    ]);
  });
  try {
    await Promise.race([stopped, working.then(() => stopped)]);
  } finally {
    stop.abort();
    log.info('stopping');
    await server.stop();
    await attempt(() => leadership.release(), 'lease', context);
  }
  log.info('stopped');
  return 0;
}

/** Defaults with the image of this pod, where they name none; tried until it is read. */
async function withImage(defaults: Wishes, signal: AbortSignal, context: Context): Promise<Wishes> {
  const { settings, kubernetes, clock } = context;
  const { podName, namespace } = settings;
  if (podName === null || defaults.injection.has('image')) return defaults;
  let image: string | undefined;
  while (image === undefined && !signal.aborted) {
    await attempt(
      async () => {
        image = await ownImage(kubernetes, namespace, podName);
      },
      'cluster',
      context,
    );
    if (image === undefined) await clock.sleep(KEEP_MS_MAX, signal).catch(() => undefined);
  }
  return { ...defaults, injection: new Map([...defaults.injection, ['image', image ?? '']]) };
}

/** The certificate of the folder, or one of its own that the leader renews. */
function keySource(leadership: Leadership, { settings, ...context }: Context): KeySource {
  const { certificateFolder } = settings;
  const { kubernetes, clock, metrics, log } = context;
  if (certificateFolder !== null) return keyFiles(certificateFolder, metrics, log);
  const keeper = new CertificateKeeper(kubernetes, clock, settings);
  return async () => {
    await attempt(() => leadership.renew(), 'lease', { ...context, settings });
    metrics.leads(leadership.isLeader);
    return keeper.tick(leadership.isLeader);
  };
}

/** Counts each look that fails, and says why once, until that is another or none. */
function keyFiles(folder: string, metrics: InjectorMetrics, log: Logger): KeySource {
  let said: string | null = null;
  return async () => {
    const read = await readKeyFiles(folder);
    const reason = typeof read === 'string' ? read : null;
    if (reason !== null) metrics.failed('certificate');
    if (reason !== null && reason !== said) log.error('no certificate', { reason });
    said = reason;
    return typeof read === 'string' ? null : read;
  };
}

/** Serves with the newest certificate; it is ready when API servers trust one. */
async function keep(
  server: InjectorServer,
  source: KeySource,
  signal: AbortSignal,
  context: Context,
): Promise<void> {
  const { settings, metrics, log, clock } = context;
  const trust = new WebhookTrust(context.kubernetes, settings.webhookName);
  const host = `${settings.serviceName}.${settings.namespace}.svc`;
  const everyMs = Math.min(KEEP_MS_MAX, (settings.certificateLifeSeconds * 1000) / KEEPS_PER_LIFE);
  let inUse: string | undefined;
  let isListening = false;
  let doubt: string | null | undefined;
  const renew = async (): Promise<void> => {
    const pair = await source();
    if (pair === null || signal.aborted) return;
    if (pair.certificate !== inUse) {
      server.use(pair);
      inUse = pair.certificate;
      const untilMs = validityOf(pair.certificate)?.untilMs ?? 0;
      metrics.certificateUntil(untilMs / 1000);
      log.info('certificate in use', { until: new Date(untilMs).toISOString() });
    }
    if (!isListening) {
      log.info('listening', { port: await server.startWebhook(settings.listen) });
      isListening = true;
    }
    // Once it has been asked, a look that fails must not take it out of its Service.
    if (doubt === null) return;
    const before = doubt;
    doubt = await trust.doubt(pair.certificate, host, clock.nowMs());
    if (doubt === null) {
      server.becomeReady();
      log.info('ready');
    } else if (doubt !== before) {
      log.warn('not ready', { reason: doubt });
    }
  };
  const tryRenewing = () => attempt(renew, 'certificate', context);
  if (!signal.aborted) await tryRenewing();
  await repeat(everyMs, signal, clock, tryRenewing);
}

/** Does something every so often until it is stopped, the first time when that has passed. */
async function repeat(
  everyMs: number,
  signal: AbortSignal,
  clock: Clock,
  task: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => undefined);
    if (!signal.aborted) await task();
  }
}

/** A failure is told; whoever calls tries again later. */
async function attempt(
  task: () => Promise<void>,
  work: BackgroundWork,
  context: Context,
): Promise<void> {
  try {
    await task();
  } catch (thrown) {
    workFailed(work, thrown, context);
  }
}

function workFailed(work: BackgroundWork, thrown: unknown, { metrics, log }: Context): void {
  metrics.failed(work);
  log.error('background work failed', { work, reason: (thrown as Error).message });
}
