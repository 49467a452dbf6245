import { readFileSync } from 'node:fs';
import { indexBody } from '../../lib/resources/index-mapping.ts';
import type { SearchNode } from '../../local/search/own-node.ts';
import { packagesOf } from '../../setup/model-archives.ts';

/** How a graph is built: links a node, and how wide building looks. */
export interface Build {
  linksPerNode: number;
  efConstruction: number;
}
export interface Built {
  seconds: number;
  segments: number;
  storeMebibytes: number;
  nodeMebibytes: number;
}

const vectorsPerRequest = 500;
const name = 'graph';

/** One index of vectors alone, made by the node itself with the mapping that the stacks write. */
export class GraphIndex {
  readonly #node: SearchNode;

  constructor(node: SearchNode) {
    this.#node = node;
  }

  async build(vectors: readonly (readonly number[])[], build: Build): Promise<Built> {
    const startedAt = performance.now();
    await fetch(`${this.#node.upstream}/${name}`, { method: 'DELETE' });
    await this.#send('PUT', `/${name}`, mappingOf(build));
    for (let start = 0; start < vectors.length; start += vectorsPerRequest) {
      const lines = vectors
        .slice(start, start + vectorsPerRequest)
        .map((vector, index) => `{"index":{"_id":"${start + index}"}}\n{"vector":[${vector.join(',')}]}\n`);
      await this.#send('POST', `/${name}/_bulk`, lines.join(''));
    }
    await this.#send('POST', `/${name}/_refresh`);
    const seconds = (performance.now() - startedAt) / 1000;
    const stats = (await this.#send('GET', `/${name}/_stats/store,segments,docs`)) as {
      _all: { primaries: { store: { size_in_bytes: number }; segments: { count: number }; docs: { count: number } } };
    };
    const { store, segments, docs } = stats._all.primaries;
    if (docs.count !== vectors.length) throw new Error(`${docs.count} of ${vectors.length} vectors are in the index`);
    return {
      seconds,
      segments: segments.count,
      storeMebibytes: store.size_in_bytes / 2 ** 20,
      nodeMebibytes: residentMebibytes(this.#node.processId),
    };
  }

  /** Places of the first ten of the `k` that the graph's search brings: Lucene's k is how wide it looks. */
  async search(vector: readonly number[], k: number): Promise<number[]> {
    const answer = (await this.#send('POST', `/${name}/_search`, {
      size: 10,
      _source: false,
      query: { knn: { vector: { vector, k } } },
    })) as { hits: { hits: { _id: string }[] } };
    return answer.hits.hits.map(({ _id }) => Number(_id));
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const isLines = typeof body === 'string';
    const answer = await fetch(`${this.#node.upstream}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : {
            body: isLines ? body : JSON.stringify(body),
            headers: { 'content-type': isLines ? 'application/x-ndjson' : 'application/json' },
          }),
    });
    const text = await answer.text();
    if (!answer.ok || text.includes('"errors":true')) throw new Error(`${method} ${path}: ${text.slice(0, 400)}`);
    return JSON.parse(text);
  }
}

function mappingOf({ linksPerNode, efConstruction }: Build): unknown {
  const embed = packagesOf('local').find(({ endpoint }) => endpoint === 'embed');
  if (embed === undefined) throw new Error('the local environment serves no embed model');
  const search = { linksPerNode, efConstruction, efSearch: efConstruction } as Parameters<typeof indexBody>[1];
  const { mappings } = indexBody(embed, search);
  const { vector } = mappings['properties'] as { vector: { dimension: number; method: { parameters: unknown } } };
  return {
    settings: { index: { knn: true, number_of_replicas: 0, refresh_interval: '-1' } },
    mappings: { properties: { vector: { ...vector, method: { ...vector.method, engine: 'lucene' } } } },
  };
}

function residentMebibytes(processId: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}
