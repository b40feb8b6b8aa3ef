import { createServer } from 'node:http';

const STEP_COUNT_PER_DAY = 1_440;

/** Demand of one workload at a step: a day of its own, and a little noise that stays the same. */
function demandAt(step: number, phase: number): number {
  const day = Math.sin((2 * Math.PI * (step + phase)) / STEP_COUNT_PER_DAY);
  const mixed = Math.imul(step + phase * 7_919, 0x9e3779b1) >>> 8;
  return 1_000 * (1 + 0.5 * day) * (0.95 + 0.1 * (mixed / 2 ** 24));
}

/** The range query API of Prometheus, for a series without end of each query. */
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    const form = new URLSearchParams(body);
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
    const phase = Number(/\d+/.exec(form.get('query') ?? '')?.[0] ?? 0);
    const values: [number, string][] = [];
    for (let at = start ?? 0; at <= (end ?? 0); at += step ?? 60) {
      values.push([at, demandAt(at / (step ?? 60), phase).toFixed(3)]);
    }
    const result = values.length > 0 ? [{ metric: {}, values }] : [];
    const data = { resultType: 'matrix', result };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'success', data }));
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  process.stdout.write(`${port}\n`);
});
