import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MeasuringClient } from '../../../measure/models/http-client.ts';

let server: Server;
let client: MeasuringClient;

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new MeasuringClient((server.address() as AddressInfo).port);
}

afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

describe('the client that times model servers', () => {
  it('sends a body whole and reads an answer that comes in pieces, over one connection', async () => {
    const connections = new Set();
    await serve((request, response) => {
      connections.add(request.socket);
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts);
        response.writeHead(400, { 'content-length': body.length });
        response.write(body.subarray(0, 3));
        setTimeout(() => response.end(body.subarray(3)), 5);
      });
    });
    const long = JSON.stringify({ texts: ['é😀'.repeat(40_000)] });
    expect(await client.post(long)).toEqual({ status: 400, text: long });
    expect(await client.post('{"a":1}')).toEqual({ status: 400, text: '{"a":1}' });
    expect(connections.size).toBe(1);
  });

  it('says that the server went away, and connects anew', async () => {
    let isFirst = true;
    await serve((request, response) => {
      if (isFirst) request.socket.destroy();
      else response.writeHead(200, { 'content-length': 2 }).end('{}');
      isFirst = false;
    });
    await expect(client.post('{}')).rejects.toThrow(/closed|ECONNRESET/);
    expect(await client.post('{}')).toEqual({ status: 200, text: '{}' });
  });

  it('refuses an answer whose length it is not told', async () => {
    await serve((_, response) => {
      response.writeHead(200);
      response.end('{}');
    });
    await expect(client.post('{}')).rejects.toThrow('named no length');
  });
});
