// The least that Node can do on each face: node:http and node:http2 with constant answers. What the
// sidecar costs above it is its own. Prints the two ports as JSON.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';

const BODY = Buffer.from(JSON.stringify({ values: new Array(300).fill(123.456789) }));
/** GetMetricsResponse of one value, 5, in a gRPC frame. */
const MESSAGE = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 32, 0x0a, 30, 0x0a, 17]),
  Buffer.from('s0-desired_metric'),
  Buffer.from([0x10, 5, 0x19, 0, 0, 0, 0, 0, 0, 0x14, 0x40]),
]);

const http = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length });
  response.end(BODY);
});

const grpc = createHttp2Server();
grpc.on('stream', (stream) => {
  stream.on('error', () => undefined);
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.on('end', () => {
    const headers = { ':status': 200, 'content-type': 'application/grpc+proto' };
    stream.respond(headers, { waitForTrailers: true });
    stream.end(MESSAGE);
  });
  stream.resume();
});

await Promise.all([
  once(http.listen(0, '127.0.0.1'), 'listening'),
  once(grpc.listen(0, '127.0.0.1'), 'listening'),
]);
const ports = { httpPort: http.address().port, grpcPort: grpc.address().port };
process.stdout.write(`${JSON.stringify(ports)}\n`);
