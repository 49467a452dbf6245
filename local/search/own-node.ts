import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { places } from '../../setup/places.ts';
import { createFacade } from './facade.ts';
import { installOpenSearch, openSearchCommand } from './opensearch.ts';

export interface SearchNode {
  /** The facade's address: what a Lambda knows as the collection's endpoint. */
  endpoint: string;
  /** The node itself, which no Lambda ever sees. */
  upstream: string;
  processId: number;
  stop(): Promise<void>;
}
export interface SearchNodeOptions {
  visibilityMilliseconds?: number;
  heapMebibytes?: number;
}

/** Seconds on an idle machine; a busy one may need minutes. */
const readyMilliseconds = 240_000;

/** A real node in a folder of its own with the facade before it, on free ports; `stop` leaves nothing behind. */
export async function startSearchNode(options: SearchNodeOptions = {}): Promise<SearchNode> {
  await installOpenSearch({ directory: places.openSearch });
  const folder = await mkdtemp(path.join(tmpdir(), 'wirescope-search-'));
  const port = await freePort();
  const upstream = `http://127.0.0.1:${port}`;
  const command = openSearchCommand({
    directory: places.openSearch,
    dataDirectory: folder,
    port,
    ...(options.heapMebibytes === undefined ? {} : { heapMebibytes: options.heapMebibytes }),
  });
  const node = spawn(command.program, command.args, { stdio: 'ignore', env: { ...process.env, ...command.env } });
  // However this process ends by itself, it leaves no node running.
  const endWithUs = () => node.kill('SIGKILL');
  process.once('exit', endWithUs);
  const signer = { accessKeyIds: ['test'], secretAccessKey: 'test', region: 'us-east-1' };
  const facade = createFacade({
    upstream,
    signer,
    visibilityMilliseconds: options.visibilityMilliseconds ?? 200,
  });
  const stop = async () => {
    facade.closeAllConnections();
    facade.close();
    await ended(node);
    process.off('exit', endWithUs);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(upstream, node);
    await new Promise<void>((resolve) => facade.listen(0, '127.0.0.1', resolve));
  } catch (error) {
    await stop();
    throw error;
  }
  const { port: facadePort } = facade.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${facadePort}`, upstream, processId: node.pid ?? 0, stop };
}

/** What the client's credential provider reads: the facade knows these, and 127.0.0.1 is all that they reach. */
export function takeLocalCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  process.env['AWS_REGION'] = 'us-east-1';
  delete process.env['AWS_SESSION_TOKEN'];
  delete process.env['AWS_PROFILE'];
}

async function untilReady(upstream: string, node: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyMilliseconds;
  while (Date.now() < deadline && node.exitCode === null) {
    const answer = await fetch(`${upstream}/_cluster/health?wait_for_status=yellow`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(200);
  }
  throw new Error(node.exitCode === null ? 'OpenSearch did not start in time' : 'OpenSearch ended while starting');
}

function ended(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    node.once('exit', () => resolve());
    node.kill('SIGTERM');
    setTimeout(() => node.kill('SIGKILL'), 10_000).unref();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
