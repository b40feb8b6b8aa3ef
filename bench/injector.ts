import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { issueCertificate } from '../src/injector/certificate.ts';
import { cost, percentile, type Row } from './row.ts';

const INJECTOR = fileURLToPath(new URL('../dist/injector.js', import.meta.url));
const BARE = fileURLToPath(new URL('./bare-tls.mjs', import.meta.url));
const NAME = 'kedastral-injector.kedastral.svc';
const REVIEWS_PER_SECOND = 200;
const WARM_UP_SECONDS = 2;
const MEASURED_SECONDS = 6;
const CONNECTIONS = 8;
const P99_MS_MAX = 10;
const KB_PER_MB = 1024;
const DAY_SECONDS = 86_400;
const ENVIRONMENT = 60;
const CONTAINERS = 6;

/** A review of a big pod: about 40 KB, as the API server sends it. */
function reviewBody(): string {
  const env = Array.from({ length: ENVIRONMENT }, (_, i) => ({
    name: `VARIABLE_${i}`,
    value: `the value of variable ${i}, some words long`,
  }));
  const containers = Array.from({ length: CONTAINERS }, (_, i) => ({
    name: `app-${i}`,
    image: `registry.example.com/team/app-${i}:1.0.0`,
    env,
    ports: [{ name: 'http', containerPort: 8_000 + i, protocol: 'TCP' }],
    resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '256Mi' } },
  }));
  const metadata = {
    labels: { 'kedastral.io/inject': 'true', 'pod-template-hash': '7d4b9c6f58' },
    annotations: {
      'kedastral.io/prom-url': 'http://prometheus.monitoring:9090',
      'kedastral.io/prom-query': 'sum(rate(http_requests_total{app="{{workload}}"}[2m]))',
      'kedastral.io/prom-password-secret': 'prometheus/password',
      'kedastral.io/prom-username': 'kedastral',
    },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'my-api-7d4b9c6f58', controller: true }],
  };
  const request = {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    resource: { group: '', version: 'v1', resource: 'pods' },
    ...{ namespace: 'shop', operation: 'CREATE' },
    object: { metadata, spec: { containers } },
  };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

function residentMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / KB_PER_MB;
}

/** Sends reviews at a fixed rate, whatever the answers take; the time of each in milliseconds. */
async function load(port: number, ca: string, seconds: number): Promise<number[]> {
  const agent = new https.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const body = reviewBody();
  const ask = (dueMs: number) =>
    new Promise<number>((resolve, reject) => {
      const to = { host: '127.0.0.1', port, path: '/mutate', method: 'POST', ca, agent };
      const request = https.request({ ...to, servername: NAME }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - dueMs);
          else reject(new Error(`status ${response.statusCode}`));
        });
      });
      request.on('error', reject).end(body);
    });
  const startMs = performance.now();
  const asked: Promise<number>[] = [];
  for (let i = 0; i < seconds * REVIEWS_PER_SECOND; i++) {
    const dueMs = startMs + (i * 1_000) / REVIEWS_PER_SECOND;
    await delay(Math.max(0, dueMs - performance.now()));
    asked.push(ask(performance.now()));
  }
  const latencies = await Promise.all(asked);
  agent.destroy();
  return latencies;
}

interface Measured {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly memoryMb: number;
}

async function measured(args: readonly string[], ca: string): Promise<Measured> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await listening(child);
    await load(port, ca, WARM_UP_SECONDS);
    const latenciesMs = await load(port, ca, MEASURED_SECONDS);
    const at = (q: number) => percentile(latenciesMs, q);
    return { p50Ms: at(0.5), p99Ms: at(0.99), memoryMb: residentMb(child) };
  } finally {
    child.kill('SIGTERM');
  }
}

/** The built injector reviews big pods over TLS, 200 a second. */
export async function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kedastral-bench-'));
  const issued = await issueCertificate([NAME], Date.now(), DAY_SECONDS);
  writeFileSync(join(folder, 'tls.crt'), issued.certificate);
  writeFileSync(join(folder, 'tls.key'), issued.key);
  const listen = ['--listen=127.0.0.1:0', '--metrics-listen=127.0.0.1:0'];
  const options = [...listen, '--api-url=http://[::1]:1', `--certificate-folder=${folder}`];
  try {
    const bare = await measured([BARE, folder], issued.authority);
    const ours = await measured([INJECTOR, ...options], issued.authority);
    const row = (name: string, unit: string, key: keyof Measured) => ({
      ...{ name, unit, measured: ours[key], peer: { name: 'bare Node', measured: bare[key] } },
    });
    const name = `a review, ${REVIEWS_PER_SECOND} a second`;
    return [
      cost(row(`${name}: p50`, 'ms', 'p50Ms')),
      cost({ ...row(`${name}: p99`, 'ms', 'p99Ms'), goal: P99_MS_MAX }),
      cost(row('injector: memory after that', 'MB', 'memoryMb')),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function listening(child: ChildProcess): Promise<number> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) {
    const { msg, port } = JSON.parse(line);
    if (msg === 'listening') return port;
  }
  throw new Error('the injector ended before it listened');
}
