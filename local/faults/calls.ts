/** Which of the services that a worker calls; each has its own way of saying no. */
export const services = [
  'dynamodb',
  's3',
  'sqs',
  'states',
  'events',
  'secretsmanager',
  'sagemaker',
  'search',
  'captions',
  'other',
] as const;
export type Service = (typeof services)[number];

/** One request of a Lambda worker, as the plan sees it. */
export interface Call {
  service: Service;
  /** The service's own name of what is asked, like `UpdateItem`, or the method and the kind of path. */
  operation: string;
  /** Whether it changes something: these are the side effects. */
  isSideEffect: boolean;
  /** The upload or asset that it is about, where the request says so. */
  subject: string | undefined;
}

export interface RequestHead {
  method: string;
  /** Path and query, as sent. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Where a request was going to: each upstream has a port of its own. */
export type Upstream = 'aws' | 'search' | 'captions';

const targetServices: Record<string, Service> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  AWSStepFunctions: 'states',
  AWSEvents: 'events',
  secretsmanager: 'secretsmanager',
};
const reads = /^(Get|BatchGet|Query|Scan|Describe|List|Receive|Head)|^(GET|HEAD) /;

/** Names the call of a request by its head and body. */
export function callOf(upstream: Upstream, head: RequestHead, body: Buffer): Call {
  const { service, operation } = named(upstream, head);
  const text = service === 's3' ? '' : body.subarray(0, 64 * 1024).toString('latin1');
  return {
    service,
    operation: service === 'dynamodb' ? `${operation} ${rowKind(text)}`.trim() : operation,
    isSideEffect: !reads.test(operation),
    subject: subjectOf(decoded(head.url), text),
  };
}

function named(upstream: Upstream, { method, url, headers }: RequestHead): { service: Service; operation: string } {
  const path = url.split('?')[0] ?? '';
  if (upstream === 'captions') return { service: 'captions', operation: 'POST completions' };
  if (upstream === 'search') {
    const last = path.split('/').at(-1) ?? '';
    // A search is sent as POST.
    return { service: 'search', operation: last === '_search' ? 'GET _search' : `${method} ${last || 'index'}` };
  }
  const [target, operation] = String(headers['x-amz-target'] ?? '').split('.');
  const service = targetServices[target ?? ''];
  if (service && operation) return { service, operation };
  if (/^\/endpoints\/[^/]+\/(async-)?invocations$/.test(path))
    return {
      service: 'sagemaker',
      operation: path.endsWith('/async-invocations') ? 'InvokeEndpointAsync' : 'InvokeEndpoint',
    };
  if (/\/s3\/aws4_request/.test(String(headers['authorization'] ?? '')))
    return { service: 's3', operation: `${method} ${objectKind(decoded(path))}` };
  return { service: 'other', operation: `${method} ${path.split('/')[1] ?? ''}` };
}

/** The kind of a ledger row by its sort key, where that is no hash, and the state that it is set to. */
function rowKind(body: string): string {
  const kind = /"sk":\{"S":"([A-Z][A-Z-]+)/.exec(body)?.[1] ?? '';
  const state = /":?(?:status|state)":\{"S":"([a-z]+)"\}/.exec(body)?.[1] ?? '';
  return `${kind} ${state}`.trim();
}

/** The kind of an object by the last part of its key that is no number or hash. */
function objectKind(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  if (path.includes('/incoming/')) return 'original';
  return /[a-z]/i.test(name) && !/^[0-9a-f-]{16,}/.test(name) ? name.replace(/\d+(-\d+)?/g, 'N') : 'object';
}

function subjectOf(url: string, body: string): string | undefined {
  const upload = /UPLOAD#([0-9a-f]{16,})/.exec(body)?.[1];
  return upload ?? /ASSET#([0-9a-f]{64})/.exec(body)?.[1] ?? /assets\/([0-9a-f]{64})/.exec(url)?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
