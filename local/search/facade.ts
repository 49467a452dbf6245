import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { type BulkAnswer, BulkSyntaxError, joinBulk, splitBulk } from './bulk.ts';
import { withFaissEngine, withLuceneEngine, withNodeSettings } from './engine.ts';
import { type Refusal, refusalOf } from './manners.ts';
import { type Signer, signatureFault } from './signature.ts';

export interface FacadeOptions {
  /** The OpenSearch node behind, like `http://127.0.0.1:9200`. */
  upstream: string;
  signer: Signer;
  /** How long a write stays unseen by searches; up to a minute on AWS. */
  visibilityMilliseconds: number;
}

const maxRequestBytes = 10 * 1024 * 1024;
const describesAnIndex = /^\/[^_/][^/]*(\/(_mappings?))?$/;

/** A server with OpenSearch Serverless's manners in front of one OpenSearch node. */
export function createFacade(options: FacadeOptions): Server {
  return createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      refuse(response, { status: 503, type: 'service_unavailable_exception', reason: String(error) });
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: FacadeOptions): Promise<void> {
  const body = await readBody(request);
  if (!body)
    return refuse(response, { status: 413, type: 'request_too_large', reason: 'A request has at most 10 MiB' });
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
  const fault = await signatureFault({ method, url, headers: request.headers, body }, options.signer);
  if (fault) return refuse(response, { status: 403, type: 'security_exception', reason: fault });
  const path = decodeURIComponent(url.pathname);
  const refusal = refusalOf({ method, path, query: url.searchParams });
  if (refusal) return refuse(response, refusal);
  const target = `${options.upstream}${url.pathname}${url.search}`;
  if (path.endsWith('/_bulk')) return await answerBulk(response, target, path, body);
  const isIndex = describesAnIndex.test(path);
  const upstream = await send(target, method, isIndex ? prepareIndex(body, method, path, options) : body);
  const text = await upstream.text();
  const isJson = upstream.headers.get('content-type')?.includes('json') ?? false;
  reply(
    response,
    upstream.status,
    isIndex && isJson && method === 'GET' ? JSON.stringify(withFaissEngine(JSON.parse(text))) : text,
    upstream.headers.get('content-type'),
  );
}

async function answerBulk(response: ServerResponse, target: string, path: string, body: Buffer): Promise<void> {
  try {
    const indexOfPath = path === '/_bulk' ? undefined : path.split('/')[1];
    const { forwarded, refusals } = splitBulk(body.toString('utf8'), indexOfPath);
    const nothing: BulkAnswer = { took: 0, errors: false, items: [] };
    if (forwarded === '') return reply(response, 200, JSON.stringify(joinBulk(refusals, nothing)), 'application/json');
    const upstream = await send(target, 'POST', Buffer.from(forwarded), 'application/x-ndjson');
    const text = await upstream.text();
    const joined = upstream.ok ? JSON.stringify(joinBulk(refusals, JSON.parse(text))) : text;
    reply(response, upstream.status, joined, 'application/json');
  } catch (error) {
    if (!(error instanceof BulkSyntaxError)) throw error;
    refuse(response, { status: 400, type: 'illegal_argument_exception', reason: error.message });
  }
}

function prepareIndex(body: Buffer, method: string, path: string, options: FacadeOptions): Buffer {
  if (body.length === 0 || (method !== 'PUT' && method !== 'POST')) return body;
  const rewritten = withLuceneEngine(JSON.parse(body.toString('utf8')));
  const isCreation = path.split('/').length === 2;
  return Buffer.from(
    JSON.stringify(isCreation ? withNodeSettings(rewritten, options.visibilityMilliseconds) : rewritten),
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  }
  return bytes > maxRequestBytes ? undefined : Buffer.concat(chunks);
}

/** OpenSearch takes a body with GET, which `fetch` does not send; POST means the same to it. */
function send(target: string, method: string, body: Buffer, contentType = 'application/json'): Promise<Response> {
  const hasBody = body.length > 0;
  return fetch(target, {
    method: hasBody && method === 'GET' ? 'POST' : method,
    ...(hasBody ? { body: new Uint8Array(body), headers: { 'content-type': contentType } } : {}),
  });
}

function reply(response: ServerResponse, status: number, body: string, contentType: string | null): void {
  response.writeHead(status, { 'content-type': contentType ?? 'application/json' });
  response.end(body);
}

function refuse(response: ServerResponse, { status, type, reason }: Refusal): void {
  const error = { root_cause: [{ type, reason }], type, reason };
  reply(response, status, JSON.stringify({ error, status }), 'application/json');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      upstream: { type: 'string' },
      region: { type: 'string', default: 'us-east-1' },
      'visibility-milliseconds': { type: 'string', default: '1000' },
    },
  });
  const port = Number(values.port);
  const { upstream } = values;
  if (!Number.isInteger(port) || !upstream) throw new Error('Usage: facade.ts --port PORT --upstream URL');
  const server = createFacade({
    upstream,
    signer: { accessKeyIds: ['test', '000000000000'], secretAccessKey: 'test', region: values.region },
    visibilityMilliseconds: Number(values['visibility-milliseconds']),
  });
  server.listen(port, '127.0.0.1', () => console.log(`vector index on http://127.0.0.1:${port}`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
}
