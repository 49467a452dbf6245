import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf, type Upstream } from './calls.ts';
import type { Fault, WorkerCall } from './plan.ts';
import { refusalOf } from './refusals.ts';
import { type Worker, workerBehind } from './workers.ts';

/** A call, and what befell it. */
export interface Observed {
  call: WorkerCall;
  fault: Fault | undefined;
  /** What was answered instead, by the service's own name of it. */
  answered?: string;
}

/** Says what befalls a call. */
export interface Plan {
  next(call: WorkerCall): Fault | undefined;
}

export interface ProxyOptions {
  /** A `listenPort` of 0 takes a free one. */
  upstreams: Partial<Record<Upstream, { listenPort: number; to: string }>>;
  /** Functions whose calls go through untouched: those that readers and probes call. */
  isSpared: (functionName: string) => boolean;
  observe: (observed: Observed) => void;
}

/** What a worker is working on: the subject that it named last. */
interface Connection {
  worker: Worker | undefined;
}

/**
 * Stands on loopback between the Lambda workers and everything that they call, and does to their calls what its plan
 * says. Without a plan, and for callers that are no workers, it passes everything on.
 */
export class FaultProxy {
  plan: Plan | undefined;
  private readonly options: ProxyOptions;
  private readonly servers = new Map<Upstream, http.Server>();
  private readonly agent = new http.Agent({ keepAlive: true });
  private readonly connections = new WeakMap<Socket, Connection>();
  private readonly subjects = new Map<number, string>();

  constructor(options: ProxyOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    await Promise.all(
      Object.entries(this.options.upstreams).map(async ([name, { listenPort, to }]) => {
        const server = http.createServer((request, response) => {
          this.serve(name as Upstream, new URL(to), request, response).catch(() => response.destroy());
        });
        // A worker's pooled connection must not be closed under it: that would be a fault that nobody planned.
        server.keepAliveTimeout = 0;
        server.requestTimeout = 0;
        this.servers.set(name as Upstream, server);
        await new Promise<void>((ready, failed) => {
          server.once('error', failed);
          server.listen(listenPort, '127.0.0.1', ready);
        });
      }),
    );
  }

  /** Where workers reach an upstream through it. */
  addressOf(upstream: Upstream): string {
    const address = this.servers.get(upstream)?.address() as AddressInfo | undefined;
    if (address === undefined) throw new Error(`nothing listens for ${upstream}`);
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await Promise.all(
      [...this.servers.values()].map((server) => {
        server.closeAllConnections();
        return new Promise((closed) => server.close(closed));
      }),
    );
  }

  private async serve(upstream: Upstream, to: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const worker = this.workerOf(request.socket);
    const body = await bytesOf(request);
    if (worker === undefined || this.options.isSpared(worker.functionName))
      return pass(response, await this.forward(to, request, body));
    const call = this.named(worker, callOf(upstream, headOf(request), body));
    const fault = this.plan?.next(call);
    const observed: Observed = { call, fault };
    this.options.observe(observed);
    if (fault === undefined) return pass(response, await this.forward(to, request, body));
    await this.inflict(fault, observed, { worker, to, request, response, body });
  }

  private async inflict(
    fault: Fault,
    observed: Observed,
    exchange: { worker: Worker; to: URL; request: IncomingMessage; response: ServerResponse; body: Buffer },
  ): Promise<void> {
    const { worker, to, request, response, body } = exchange;
    switch (fault.kind) {
      case 'kill before':
        return end(worker, response);
      case 'kill after':
        await bytesOf(await this.forward(to, request, body));
        return end(worker, response);
      case 'drop answer':
        await bytesOf(await this.forward(to, request, body));
        return void response.destroy();
      case 'delay':
        await delay(fault.milliseconds);
        return pass(response, await this.forward(to, request, body));
      default: {
        const refusal = refusalOf(observed.call.service, fault.kind, fault.variant);
        observed.answered = refusal.name;
        response.writeHead(refusal.status, refusal.headers);
        response.end(request.method === 'HEAD' ? '' : refusal.body);
      }
    }
  }

  /** A request that names no subject is about the one that its worker named last. */
  private named(worker: Worker, call: ReturnType<typeof callOf>): WorkerCall {
    if (call.subject !== undefined && this.isNewSubject(worker, call.subject))
      this.subjects.set(worker.processId, call.subject);
    return { ...call, subject: this.subjects.get(worker.processId), functionName: worker.functionName };
  }

  /** An admission works on its upload all along, whatever asset the bytes turn out to be. */
  private isNewSubject(worker: Worker, subject: string): boolean {
    const isAsset = subject.length === 64;
    const known = this.subjects.get(worker.processId);
    return !(isAsset && known !== undefined && known.length < 64);
  }

  private workerOf(socket: Socket): Worker | undefined {
    const known = this.connections.get(socket);
    if (known !== undefined) return known.worker;
    const { port: toPort } = socket.address() as AddressInfo;
    const worker = socket.remotePort === undefined ? undefined : workerBehind({ port: socket.remotePort, toPort });
    this.connections.set(socket, { worker });
    return worker;
  }

  private async forward(to: URL, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    try {
      return await this.send(to, request, body, this.agent);
    } catch (error) {
      // The upstream closed a pooled connection just as it was taken up again: it has not read the request.
      if (!(error instanceof StaleConnectionError)) throw error;
      return this.send(to, request, body, undefined);
    }
  }

  private send(
    to: URL,
    request: IncomingMessage,
    body: Buffer,
    agent: http.Agent | undefined,
  ): Promise<IncomingMessage> {
    // The body is here already: nobody has to be asked whether to send it.
    const { expect: _expect, 'transfer-encoding': _encoding, ...headers } = request.headers;
    return new Promise((resolve, reject) => {
      const passed = http.request(
        {
          ...(agent === undefined ? {} : { agent }),
          host: to.hostname,
          port: to.port,
          method: request.method,
          path: request.url,
          headers: { ...headers, 'content-length': body.length },
        },
        resolve,
      );
      passed.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = passed.reusedSocket && error.code === 'ECONNRESET';
        reject(isStale ? new StaleConnectionError('a pooled connection was closed', { cause: error }) : error);
      });
      passed.end(body);
    });
  }
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

const headOf = ({ method = 'GET', url = '/', headers }: IncomingMessage) => ({ method, url, headers });

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function pass(response: ServerResponse, answer: IncomingMessage): void {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

/** As the kernel ends a process that took too much memory: no goodbye, and nothing is cleaned up. */
function end({ processId }: Worker, response: ServerResponse): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  response.destroy();
}
