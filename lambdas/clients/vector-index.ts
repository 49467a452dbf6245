import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { type API, Client, errors as clientErrors } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { z } from 'zod';
import { RetryableError } from '../runtime/errors.ts';
import { bulkBatches } from './vector-index/batches.ts';
import {
  displayedDocument,
  type IndexedDocument,
  type StoredDocument,
  storedDocumentSchema,
  writtenDocument,
} from './vector-index/indexed-document.ts';

export type { IndexedDocument, StoredDocument } from './vector-index/indexed-document.ts';
export { indexedDocument } from './vector-index/indexed-document.ts';

/** The index refused a request for what it says: sending it again cannot help. */
export class VectorIndexRequestError extends Error {
  override readonly name = 'VectorIndexRequestError';
}

/** One document's write: its generated `_id`, or why the index did not take it. */
export type WriteResult =
  | { documentId: string; indexId: string }
  | { documentId: string; status: number; reason: string };

/** One copy of a document, and what it scores for a query. */
export interface ScoredCopy {
  indexId: string;
  score: number;
}
/** One document as a search answers it. */
export interface FoundDocument extends ScoredCopy {
  document: StoredDocument;
}
/** A request that is not answered by then is given up; without it the client's own limit holds. */
export interface RequestLimit {
  timeoutMilliseconds?: number;
}

export interface SearchBody {
  query: Record<string, unknown>;
  size: number;
  from?: number;
  sort?: unknown[];
  aggs?: Record<string, unknown>;
  track_total_hits?: boolean | number;
}
export interface SearchAnswer {
  total: number;
  found: FoundDocument[];
  aggregations?: Record<string, unknown>;
}

/** What a client needs of the connection beyond the endpoint; tests bring their own credentials and time limits. */
export interface VectorIndexOptions {
  endpoint: string;
  indexName: string;
  region?: string;
  requestTimeoutMilliseconds?: number;
  /**
   * Ids name their index as well, so that whoever holds only an id deletes in the right one. Plain ids are those of the
   * index that a client is for.
   */
  hasQualifiedIds?: boolean;
}

/** Generated ids are of letters, digits, `_`, `-`, `:` and `%`. */
const idSeparator = '/';

/** The default must let a full bulk request through; search passes its own, shorter one. */
const defaultRequestTimeoutMilliseconds = 30_000;
/** `index.max_result_window` of OpenSearch: the most one answer lists. */
const pageSize = 500;

interface BulkAnswer {
  items: Record<string, { _id?: string; status: number; error?: { type?: string; reason?: string } }>[];
}
interface RawAnswer {
  hits: {
    total?: { value: number } | number;
    hits: { _id: string; _score?: number | null; _source?: unknown; fields?: { display?: [string] } }[];
  };
  aggregations?: Record<string, unknown>;
}

const vectorSourceSchema = z.object({ vector: z.array(z.number()) });

/**
 * One index of an OpenSearch Serverless vector collection: it generates ids itself, shows a write only after up to a
 * minute and knows no delete by query, so callers keep the ids they are given.
 */
export class VectorIndex {
  readonly indexName: string;
  readonly #client: Client;
  readonly #idPrefix: string;

  constructor(options: VectorIndexOptions) {
    this.indexName = options.indexName;
    this.#idPrefix = options.hasQualifiedIds ? `${options.indexName}${idSeparator}` : '';
    this.#client = new Client({
      ...AwsSigv4Signer({
        region: options.region ?? process.env['AWS_REGION'] ?? '',
        service: 'aoss',
        getCredentials: defaultProvider(),
      }),
      node: options.endpoint,
      // A retried bulk request would write twice; the workflow's own retries find what was written.
      maxRetries: 0,
      requestTimeout: options.requestTimeoutMilliseconds ?? defaultRequestTimeoutMilliseconds,
    });
  }

  /**
   * Writes documents, in as many requests as the size of a bulk request asks for.
   * @returns one result for each document, in their order.
   * @throws RetryableError SearchIndexUnavailableError where the index does not answer or has too much to do; what
   *   earlier requests wrote stays written.
   */
  async bulkIndex(documents: readonly IndexedDocument[]): Promise<WriteResult[]> {
    const results: WriteResult[] = [];
    for (const batch of bulkBatches(documents.map(writtenDocument))) {
      const body = batch.flatMap((document) => [{ index: { _index: this.indexName } }, document]);
      const { items } = (await this.#answered(() => this.#client.bulk({ body }))) as BulkAnswer;
      for (const position of batch.keys()) {
        const documentId = documents[results.length]?.documentId ?? '';
        results.push(writeResult(documentId, items[position]?.['index'], this.#idPrefix));
      }
    }
    return results;
  }

  /**
   * Deletes by generated ids; what is already gone counts as deleted.
   * @returns how many were there.
   */
  async deleteByIds(indexIds: readonly string[]): Promise<number> {
    let deleted = 0;
    for (let start = 0; start < indexIds.length; start += pageSize) {
      const body = indexIds.slice(start, start + pageSize).map((indexId) => ({ delete: this.#placeOf(indexId) }));
      const { items } = (await this.#answered(() => this.#client.bulk({ body }))) as BulkAnswer;
      for (const { delete: item } of items) {
        if (item && item.status < 300) deleted += 1;
        else if (item?.status !== 404) throw itemError(item?.status ?? 500, item?.error?.reason ?? 'no reason given');
      }
    }
    return deleted;
  }

  /** Every visible copy of these documents, doubles and older attempts included, without their vectors. */
  async findByDocumentIds(documentIds: readonly string[]): Promise<FoundDocument[]> {
    const found: FoundDocument[] = [];
    for (let start = 0; start < documentIds.length; start += pageSize) {
      const wanted = documentIds.slice(start, start + pageSize);
      const answer = await this.search({ query: { terms: { documentId: wanted } }, size: 10 * pageSize });
      found.push(...answer.found);
    }
    return found;
  }

  /**
   * Walks over all documents, or one asset's, in the order of their own ids, after the one given. Copies of one
   * document come together.
   * `search_after` and scrolling are of no use here: the first splits doubles, the second does not exist.
   */
  async *documentsInOrder(which: { after?: string; assetId?: string } = {}): AsyncGenerator<FoundDocument[]> {
    const { assetId } = which;
    let { after } = which;
    for (;;) {
      const filter = [
        ...(assetId === undefined ? [] : [{ term: { assetId } }]),
        ...(after === undefined ? [] : [{ range: { documentId: { gt: after } } }]),
      ];
      const query = { bool: { filter } };
      const { found } = await this.search({ query, size: pageSize, sort: [{ documentId: 'asc' }] });
      const isLast = found.length < pageSize;
      const lastId = found.at(-1)?.document.documentId;
      const whole = isLast ? found : found.filter(({ document }) => document.documentId !== lastId);
      // A whole page of copies of one document: nothing to leave for the next page.
      const page = whole.length > 0 ? whole : found;
      if (page.length > 0) yield page;
      if (isLast) return;
      after = page.at(-1)?.document.documentId;
    }
  }

  /** @throws RetryableError SearchIndexUnavailableError, VectorIndexRequestError */
  async search(body: SearchBody, limit: RequestLimit = {}): Promise<SearchAnswer> {
    const { hits, aggregations } = await this.#search(
      { ...body, _source: false, ...(body.size > 0 ? { stored_fields: ['display'] } : {}) },
      limit,
    );
    const earlier = await this.#earlierDocuments(hits.hits, limit);
    return {
      total: typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? 0),
      found: hits.hits.flatMap(({ _id, _score, fields }) => {
        const [display] = fields?.display ?? [];
        const document = display === undefined ? earlier.get(_id) : displayedDocument(display);
        return document === undefined ? [] : [{ indexId: `${this.#idPrefix}${_id}`, score: _score ?? 0, document }];
      }),
      ...(aggregations === undefined ? {} : { aggregations }),
    };
  }

  /** Documents that were written before `display` was a field stand in `_source` alone, by generated id. */
  async #earlierDocuments(hits: RawAnswer['hits']['hits'], limit: RequestLimit): Promise<Map<string, StoredDocument>> {
    const values = hits.flatMap(({ _id, fields }) => (fields?.display === undefined ? [_id] : []));
    if (values.length === 0) return new Map();
    const answer = await this.#search({ query: { ids: { values } }, size: values.length, _source: ['source'] }, limit);
    return new Map(
      answer.hits.hits.map(({ _id, _source }) => [
        _id,
        storedDocumentSchema.parse((_source as { source: unknown }).source),
      ]),
    );
  }

  /** What the best copies score, without the documents. @throws as `search` does */
  async scores(query: SearchBody['query'], size: number, limit: RequestLimit = {}): Promise<ScoredCopy[]> {
    const { hits } = await this.#search({ query, size, _source: false }, limit);
    return hits.hits.map(({ _id, _score }) => ({ indexId: `${this.#idPrefix}${_id}`, score: _score ?? 0 }));
  }

  /**
   * The vector of a document, of any of its copies that the filter lets through.
   * @returns undefined where there is none. @throws as `search` does
   */
  async vectorOf(
    documentId: string,
    filter: SearchBody['query'],
    limit: RequestLimit = {},
  ): Promise<number[] | undefined> {
    const query = { bool: { filter: [{ term: { documentId } }, filter] } };
    const { hits } = await this.#search({ query, size: 1, _source: ['vector'] }, limit);
    return hits.hits[0] && vectorSourceSchema.parse(hits.hits[0]._source).vector;
  }

  /** Where an id's document lies: a qualified id may be of another index than this one. */
  #placeOf(indexId: string): { _index: string; _id: string } {
    const end = indexId.indexOf(idSeparator);
    return end < 0
      ? { _index: this.indexName, _id: indexId }
      : { _index: indexId.slice(0, end), _id: indexId.slice(end + 1) };
  }

  async #search(
    body: SearchBody & { _source: string[] | false; stored_fields?: string[] },
    { timeoutMilliseconds }: RequestLimit,
  ): Promise<RawAnswer> {
    return (await this.#answered(() =>
      this.#client.search(
        { index: this.indexName, body: body as API.Search_RequestBody },
        timeoutMilliseconds === undefined ? {} : { requestTimeout: timeoutMilliseconds },
      ),
    )) as RawAnswer;
  }

  /**
   * Creates the index, or brings an existing one's mapping up to date.
   * @throws VectorIndexRequestError where an existing field would have to change: that needs a new index.
   */
  async prepare(body: { settings: Record<string, unknown>; mappings: Record<string, unknown> }): Promise<void> {
    const { body: exists } = await this.#reached(() => this.#client.indices.exists({ index: this.indexName }));
    if (exists)
      await this.#answered(() => this.#client.indices.putMapping({ index: this.indexName, body: body.mappings }));
    else await this.#answered(() => this.#client.indices.create({ index: this.indexName, body }));
  }

  async #answered(call: () => Promise<{ body: unknown }>): Promise<unknown> {
    return (await this.#reached(call)).body;
  }

  async #reached<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      throw classified(error);
    }
  }
}

function writeResult(
  documentId: string,
  item: BulkAnswer['items'][number][string] | undefined,
  idPrefix: string,
): WriteResult {
  if (item && item.status < 300 && item._id !== undefined) return { documentId, indexId: `${idPrefix}${item._id}` };
  return { documentId, status: item?.status ?? 500, reason: item?.error?.reason ?? 'the index gave no reason' };
}

const isPassing = (status: number): boolean => status === 429 || status >= 500;

function itemError(status: number, reason: string): Error {
  return isPassing(status)
    ? new RetryableError('SearchIndexUnavailableError', `the index answered ${status}: ${reason}`)
    : new VectorIndexRequestError(`the index answered ${status}: ${reason}`);
}

/** @throws the error that a document's failed write stands for; does nothing for a written one. */
export function assertWritten(result: WriteResult): asserts result is { documentId: string; indexId: string } {
  if (!('indexId' in result)) throw itemError(result.status, `${result.documentId}: ${result.reason}`);
}

function classified(error: unknown): unknown {
  if (error instanceof clientErrors.ResponseError) {
    const status = error.statusCode ?? 500;
    const reason = JSON.stringify(error.body?.error?.reason ?? error.body ?? error.message).slice(0, 500);
    const said = `the index answered ${status}: ${reason}`;
    return isPassing(status)
      ? new RetryableError('SearchIndexUnavailableError', said, { cause: error })
      : new VectorIndexRequestError(said, { cause: error });
  }
  if (error instanceof clientErrors.OpenSearchClientError)
    return new RetryableError('SearchIndexUnavailableError', `the index was not reached: ${error.message}`, {
      cause: error,
    });
  return error;
}
