import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { places, root } from '../../../setup/places.ts';

let server: Server;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ask-'));
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function ask(clients: number, bodies: readonly string[], listener: RequestListener): Promise<number[]> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = path.join(folder, 'bodies.json');
  await writeFile(file, JSON.stringify(bodies));
  const program = path.join(root, 'measure', 'models', 'ask.py');
  const { port } = server.address() as AddressInfo;
  const { stdout } = await execa(places.pythonBinary, [program, String(port), String(clients), file]);
  return JSON.parse(stdout) as number[];
}

/** Answers with what it was sent, in two pieces with a pause as many milliseconds as the body's number says. */
function echo(heard: { connections: Set<unknown>; bodies: string[] }): RequestListener {
  return (request, response) => {
    heard.connections.add(request.socket);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      heard.bodies.push(body.toString());
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 1));
      setTimeout(() => response.end(body.subarray(1)), Number.parseInt(body.toString().slice(1), 10));
    });
  };
}

describe('the program that times model servers', () => {
  it('times each body from sending it to the last piece of its answer, over one connection a client', async () => {
    const heard = { connections: new Set(), bodies: [] as string[] };
    const bodies = ['[40]', '[1]', `[1, "${'é😀'.repeat(40_000)}"]`];
    const [slow = 0, quick = 0, long = 0] = await ask(1, bodies, echo(heard));
    expect(heard.bodies).toEqual(bodies);
    expect(heard.connections.size).toBe(1);
    expect(slow).toBeGreaterThanOrEqual(39);
    expect(quick).toBeLessThan(slow);
    expect(long).toBeGreaterThan(0);
  });

  it('asks by several clients side by side, and gives the times in the order of the bodies', async () => {
    const heard = { connections: new Set(), bodies: [] as string[] };
    const bodies = ['[120]', '[5]', '[5]', '[5]'];
    const times = await ask(2, bodies, echo(heard));
    expect(heard.connections.size).toBe(2);
    expect(times).toHaveLength(4);
    expect(times[0]).toBe(Math.max(...times));
  });

  it('ends by name where the server refuses, goes away, or names no length', async () => {
    await expect(ask(1, ['{}'], (_, response) => response.writeHead(503).end())).rejects.toThrow(
      /answered 503|no length/,
    );
    server.close();
    await expect(ask(1, ['{}'], (request) => request.socket.destroy())).rejects.toThrow(/closed|reset/i);
    server.close();
    await expect(ask(1, ['{}'], (_, response) => response.writeHead(200).end('{}'))).rejects.toThrow('named no length');
  });
});
