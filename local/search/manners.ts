/** A refusal as OpenSearch words it. */
export interface Refusal {
  status: number;
  type: string;
  reason: string;
}
export interface SearchRequest {
  method: string;
  /** Decoded, without the query string. */
  path: string;
  query: URLSearchParams;
}

interface Operation {
  methods: readonly string[];
  path: RegExp;
}

const index = '[^_/][^/]*';
const operation = (methods: string, path: string): Operation => ({
  methods: methods.split(' '),
  path: new RegExp(`^${path}$`),
});

/**
 * What a vector collection answers:
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html
 * Everything else is not found there: refreshes, by-query writes, reindexing, snapshots, the cluster and its nodes.
 */
const supportedOperations: readonly Operation[] = [
  operation('GET POST', `(/${index})?/(_search|_count|_msearch|_mget|_field_caps)`),
  operation('GET POST', `(/${index})?/_analyze`),
  operation('POST PUT', `(/${index})?/_bulk`),
  operation('POST', `/${index}/_doc`),
  operation('PUT POST', `/${index}/(_doc|_create)/[^/]+`),
  operation('GET HEAD DELETE', `/${index}/(_doc|_source)/[^/]+`),
  operation('POST', `/${index}/_update/[^/]+`),
  operation('PUT GET HEAD DELETE', `/${index}`),
  operation('PUT GET POST', `(/${index})?/(_mapping|_mappings|_settings)`),
  operation('GET POST PUT DELETE HEAD', `(/${index})?/_alias(es)?(/[^/]+)?`),
  operation('GET PUT HEAD DELETE', '/_index_template(/[^/]+)?'),
  operation('GET PUT DELETE', '/_search/pipeline(/[^/]+)?'),
  operation('GET', '/_cat/(indices|aliases)(/[^/]+)?'),
];

export const customIdReason = (action: string): string =>
  `Document ID is not supported in ${action === 'update' ? 'update' : 'create/index'} operation request`;

const illegal = (reason: string): Refusal => ({ status: 400, type: 'illegal_argument_exception', reason });

/** @returns why a vector collection would refuse this request, or undefined where it takes it. */
export function refusalOf({ method, path, query }: SearchRequest): Refusal | undefined {
  if (query.has('scroll')) return illegal('scroll is not supported');
  if (query.has('routing')) return illegal('Document routing is not supported');
  if (query.has('pipeline')) return illegal('Ingest pipelines are not supported');
  if (query.has('refresh') && query.get('refresh') !== 'false')
    return illegal(`${query.get('refresh') || 'true'} refresh policy is not supported.`);
  if (!supportedOperations.some((supported) => supported.methods.includes(method) && supported.path.test(path)))
    return { status: 404, type: 'resource_not_found_exception', reason: `${method} ${path} is not supported` };
  const named = /\/(_doc|_create|_update)\/[^/]+$/.exec(path);
  if (named && (method === 'PUT' || method === 'POST'))
    return illegal(customIdReason(named[1] === '_update' ? 'update' : 'index'));
  return undefined;
}
