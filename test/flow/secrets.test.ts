import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ExternalScalerService } from '../../src/grpc/generated/externalscaler.ts';
import { TestServer } from '../adapters/test-server.ts';
import { TestClient } from '../grpc/client.ts';
import { freePort } from '../parts/ports.ts';
import { Program, temporaryFolder } from '../parts/program.ts';
import { Redis } from '../parts/redis.ts';
import { Sidecar } from '../parts/sidecar.ts';

const KEDASTRAL = fileURLToPath(new URL('../../dist/kedastral.js', import.meta.url));
const PATHS = [
  '/forecast/current',
  '/forecast/explain',
  '/workloads',
  '/metrics',
  '/readyz',
  '/no',
];

let canaries = 0;

/** A word that nothing else contains; a sign in it changes when a URL escapes it. */
const canary = (): string => `canary${canaries++}-s3cr@t`;

/** Every form in which a secret could come out. */
function formsOf(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(`user:${secret}`).toString('base64').replace(/=+$/, ''),
  ];
}

/** All that a sidecar gives away: its output, every path of HTTP, the errors of gRPC. */
async function everythingOf(sidecar: Sidecar): Promise<string> {
  const texts: string[] = [];
  for (const path of PATHS) texts.push(await sidecar.text(path));
  const port = Number(sidecar.grpcAddress.split(':')[1]);
  const client = new TestClient(ExternalScalerService, port);
  const ref = { name: 'my-api', namespace: 'default', scalerMetadata: {} };
  for (const method of ['isActive', 'getMetricSpec']) {
    texts.push(JSON.stringify(await client.call(method, ref).catch((error: Error) => error)));
  }
  client.close();
  await sidecar.stop();
  return texts.join('\n') + sidecar.program.output;
}

function expectNone(output: string, secrets: readonly string[]) {
  expect(output.length).toBeGreaterThan(100);
  for (const form of secrets.flatMap(formsOf)) expect(output).not.toContain(form);
}

/** Data sources that say back what they were asked with, as a proxy in debug mode does. */
const echoes: Record<string, Parameters<typeof answering>[0]> = {
  'no JSON': { status: 200, wrap: (said) => said },
  'a warning': {
    status: 200,
    wrap: (said) =>
      JSON.stringify({
        status: 'success',
        warnings: [said],
        data: { resultType: 'matrix', result: [] },
      }),
  },
  'an error': {
    status: 400,
    wrap: (said) => JSON.stringify({ status: 'error', errorType: said, error: said }),
  },
  'a redirect': { status: 307, wrap: (said) => said },
};

async function answering({ status, wrap }: { status: number; wrap: (said: string) => string }) {
  const server = await TestServer.start();
  server.answer = ({ headers, path }, response) => {
    const said = `${headers.authorization} ${JSON.stringify(headers)} ${path}`;
    const location = status === 307 ? { location: `http://a.invalid/?q=${encodeURI(said)}` } : {};
    response.writeHead(status, location).end(wrap(said));
  };
  return server;
}

const SOURCES: Record<string, (url: URL, secret: string) => [string[], NodeJS.ProcessEnv]> = {
  'the URL of Prometheus': (url, secret) => {
    Object.assign(url, { username: 'user', password: secret });
    return [['--prom-query=up', `--prom-url=${url}`], {}];
  },
  'a bearer token of Prometheus': (url, secret) => [
    ['--prom-query=up', `--prom-url=${url}`],
    { PROM_BEARER_TOKEN: secret },
  ],
  'a password and a header of VictoriaMetrics': (url, secret) => [
    ['--adapter=victoriametrics', '--prom-query=up', '--prom-username=user', `--prom-url=${url}`],
    { PROM_PASSWORD: secret, PROM_HEADER: `X-Scope-OrgID: ${secret}` },
  ],
  'user and query of the HTTP source': (url, secret) => {
    Object.assign(url, { username: 'user', password: secret });
    url.searchParams.set('token', secret);
    return [['--adapter=http', '--http-value-path=v', `--http-url=${url}`], {}];
  },
  'the URL of a model': (url, secret) => {
    Object.assign(url, { username: 'user', password: secret });
    return [['--model=byom', `--byom-url=${url}`], {}];
  },
};

it.each(Object.keys(SOURCES))('%s comes out nowhere, whatever the source says back', async (of) => {
  for (const echo of Object.values(echoes)) {
    const [server, secret] = [await answering(echo), canary()];
    const made = SOURCES[of] as (typeof SOURCES)[string];
    const [args, env] = made(new URL(server.origin), secret);
    const sidecar = await Sidecar.start(['--log-level=trace', '--interval=1s', ...args], env);
    await sidecar.until('it was asked', () => server.seen.length > 1);
    expect(formsOf(secret).some((form) => JSON.stringify(server.seen).includes(form))).toBe(true);
    expectNone(await everythingOf(sidecar), [secret]);
    const check = new Program(process.execPath, [KEDASTRAL, 'check', ...args], env);
    const print = new Program(process.execPath, [KEDASTRAL, 'sidecar', '--print-config', ...args], {
      ...env,
    });
    await Promise.all([check.exited, print.exited]);
    expectNone(check.output + print.output, [secret]);
    await server.close();
  }
});

it('a password of Redis comes out nowhere: refused, right, in a URL, in a file', async () => {
  const [right, wrong] = [canary(), canary()];
  const redis = await Redis.start({ password: right });
  const file = join(temporaryFolder(), 'password');
  await writeFile(file, wrong);
  const inUrl = `redis://:${encodeURIComponent(right)}@${redis.address}`;
  const dead = `127.0.0.1:${await freePort()}`;
  for (const [args, env] of [
    [[`--redis-addr=${redis.address}`], { REDIS_PASSWORD: wrong }],
    [[`--redis-addr=${redis.address}`, `--redis-password-file=${file}`], {}],
    [[`--redis-addr=${inUrl}`], {}],
    [[`--redis-addr=${inUrl}/99`], {}],
    [[`--redis-addr=redis://user:${encodeURIComponent(wrong)}@${dead}`], {}],
  ] as [string[], NodeJS.ProcessEnv][]) {
    const common = ['--log-level=trace', '--interval=1s', '--storage=redis'];
    const sidecar = await Sidecar.start([...common, ...args], env);
    await sidecar.forecast();
    expectNone(await everythingOf(sidecar), [right, wrong]);
  }
});

it('what is wrong with options is said without their secrets', async () => {
  const secrets = Array.from({ length: 6 }, canary) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [password, token, header, url, redis, stray] = secrets;
  const sidecar = await Sidecar.spawn(
    [
      '--step=nonsense',
      `--prom-url=ftp://user:${encodeURIComponent(url)}@a`,
      `--redis-addr=redis:/user:${redis}@a`,
      `--prom-header=no header ${header}`,
      `--pron-password=${stray}`,
      stray,
    ],
    { PROM_PASSWORD: password, PROM_BEARER_TOKEN: token, PROM_USERNAME: 'user' },
  );
  expect(await sidecar.program.exited).toMatchObject({ code: 64 });
  expectNone(sidecar.program.output, secrets);
});

it('a token of HTTP comes out nowhere, and opens', async () => {
  const token = canary();
  const file = join(temporaryFolder(), 'tokens');
  await writeFile(file, `${token}\n`);
  const sidecar = await Sidecar.start(['--log-level=trace', `--http-token-file=${file}`]);
  const authorization = `Bearer ${token}`;
  await sidecar.until('a forecast', async () => {
    const answer = await fetch(`${sidecar.url}/forecast/current`, { headers: { authorization } });
    return answer.ok;
  });
  const closed = await fetch(`${sidecar.url}/workloads`, {
    headers: { authorization: `${authorization}x` },
  });
  expect(closed.status).toBe(401);
  expectNone((await everythingOf(sidecar)) + (await closed.text()), [token]);
});
