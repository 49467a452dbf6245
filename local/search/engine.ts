type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Parameters of an HNSW method that Lucene takes; faiss takes more. */
const luceneParameters = ['m', 'ef_construction'];

/**
 * The k-NN plugin comes without native libraries: it takes a faiss mapping and then hangs on the first refresh.
 * Every faiss method of the body becomes a Lucene one.
 */
export function withLuceneEngine(body: Json): Json {
  return mapMethods(body, (method) => {
    if (method['engine'] !== 'faiss') return method;
    const parameters = Object.entries(Object(method['parameters'] ?? {}) as Record<string, Json>);
    return {
      ...method,
      engine: 'lucene',
      parameters: Object.fromEntries(parameters.filter(([name]) => luceneParameters.includes(name))),
    };
  });
}

/** What the caller asked for, in the answers about an index. */
export function withFaissEngine(body: Json): Json {
  return mapMethods(body, (method) => (method['engine'] === 'lucene' ? { ...method, engine: 'faiss' } : method));
}

/**
 * A write here is seen after a second, so an archive that is filled lies in dozens of small segments, each with a graph
 * that is searched for as many neighbours as are wanted in all. A collection refreshes once a minute and merges on machines
 * that answer no search; here that few segments are left has to be asked for.
 */
const mergePolicy = { 'index.merge.policy.segments_per_tier': 4, 'index.merge.policy.max_merge_at_once': 4 } as const;

/** An index as it is created here: how long a write stays unseen, and how many segments are left. */
export function withNodeSettings(body: Json, milliseconds: number): Json {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return body;
  const settings = Object(body['settings'] ?? {}) as { [key: string]: Json };
  return { ...body, settings: { ...settings, ...mergePolicy, 'index.refresh_interval': `${milliseconds}ms` } };
}

function mapMethods(value: Json, change: (method: { [key: string]: Json }) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => mapMethods(item, change));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Json] =>
    key === 'method' && inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? [key, change(inner)]
      : [key, mapMethods(inner, change)],
  );
  return Object.fromEntries(entries);
}
