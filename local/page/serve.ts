import http from 'node:http';
import { parseArgs } from 'node:util';

/**
 * Gives the deployed distribution an address on this machine. The emulator serves a CloudFront distribution by its host
 * name, which no browser here can resolve; this passes everything on under that name and changes nothing else.
 */
const { values } = parseArgs({
  options: { port: { type: 'string' }, emulator: { type: 'string' }, distribution: { type: 'string' } },
});
const { port, emulator, distribution } = values;
if (!port || !emulator || !distribution)
  throw new Error('usage: serve.ts --port PORT --emulator http://127.0.0.1:PORT --distribution DOMAIN');

const upstream = new URL(emulator);
const agent = new http.Agent({ keepAlive: true });
http
  .createServer((request, response) => {
    const passed = http.request(
      {
        agent,
        host: upstream.hostname,
        port: upstream.port,
        method: request.method,
        path: request.url,
        headers: { ...request.headers, host: distribution },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', (error) => {
      response.writeHead(502, { 'content-type': 'text/plain' });
      response.end(`The local AWS does not answer: ${error.message}`);
    });
    request.pipe(passed);
  })
  .listen(Number(port), '127.0.0.1');
