import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createFacade } from '../../../local/search/facade.ts';
import { installOpenSearch, openSearchCommand } from '../../../local/search/opensearch.ts';
import { places } from '../../../setup/places.ts';

export interface SearchNode {
  /** The facade's address: what a Lambda knows as the collection's endpoint. */
  endpoint: string;
  /** The node itself, which no Lambda ever sees. */
  upstream: string;
  stop(): Promise<void>;
}

const readyMilliseconds = 90_000;

/** A real node in a folder of its own with the facade before it, on free ports. */
export async function startSearchNode({ visibilityMilliseconds = 200 } = {}): Promise<SearchNode> {
  await installOpenSearch({ directory: places.openSearch });
  const folder = await mkdtemp(path.join(tmpdir(), 'wirescope-search-'));
  const port = await freePort();
  const upstream = `http://127.0.0.1:${port}`;
  const command = openSearchCommand({ directory: places.openSearch, dataDirectory: folder, port });
  const node = spawn(command.program, command.args, { stdio: 'ignore', env: { ...process.env, ...command.env } });
  const signer = { accessKeyIds: ['test'], secretAccessKey: 'test', region: 'us-east-1' };
  const facade = createFacade({ upstream, signer, visibilityMilliseconds });
  const stop = async () => {
    facade.closeAllConnections();
    facade.close();
    await ended(node);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(upstream, node);
    await new Promise<void>((resolve) => facade.listen(0, '127.0.0.1', resolve));
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${(facade.address() as AddressInfo).port}`, upstream, stop };
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

/** What the credential provider of the client reads; 127.0.0.1 is all that these tests reach. */
export function useLocalCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  process.env['AWS_REGION'] = 'us-east-1';
  delete process.env['AWS_SESSION_TOKEN'];
  delete process.env['AWS_PROFILE'];
}
