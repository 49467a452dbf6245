import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BulkAnswer, BulkSyntaxError, joinBulk, splitBulk } from '../../../local/search/bulk.ts';
import { withFaissEngine, withLuceneEngine, withNodeSettings } from '../../../local/search/engine.ts';
import { refusalOf } from '../../../local/search/manners.ts';

const asked = (method: string, target: string) => {
  const url = new URL(target, 'http://127.0.0.1');
  return refusalOf({ method, path: url.pathname, query: url.searchParams })?.status;
};

describe('what the facade takes', () => {
  it.each([
    ['POST', '/archive/_search'],
    ['POST', '/archive/_bulk'],
    ['POST', '/_bulk'],
    ['POST', '/archive/_doc'],
    ['PUT', '/archive'],
    ['HEAD', '/archive'],
    ['PUT', '/archive/_mapping'],
    ['DELETE', '/archive/_doc/abc'],
    ['POST', '/archive/_doc?refresh=false'],
  ])('takes %s %s', (method, target) => expect(asked(method, target)).toBeUndefined());

  it.each([
    ['GET', '/', 404],
    ['POST', '/archive/_refresh', 404],
    ['POST', '/_refresh', 404],
    ['POST', '/archive/_delete_by_query', 404],
    ['POST', '/archive/_update_by_query', 404],
    ['POST', '/_reindex', 404],
    ['GET', '/_cluster/health', 404],
    ['GET', '/_nodes', 404],
    ['PUT', '/_ingest/pipeline/p', 404],
    ['POST', '/_search/scroll', 404],
    ['POST', '/archive/_forcemerge', 404],
    ['POST', '/archive/_search?scroll=1m', 400],
    ['POST', '/archive/_doc?refresh=true', 400],
    ['POST', '/archive/_bulk?refresh=wait_for', 400],
    ['POST', '/archive/_doc?refresh', 400],
    ['POST', '/archive/_doc?routing=a', 400],
    ['POST', '/archive/_bulk?pipeline=p', 400],
    ['PUT', '/archive/_doc/1', 400],
    ['PUT', '/archive/_create/1', 400],
    ['POST', '/archive/_update/1', 400],
  ])('refuses %s %s with %i', (method, target, status) => expect(asked(method, target)).toBe(status));
});

const action = fc.oneof(
  fc.record({ index: fc.record({ _index: fc.constant('a') }) }),
  fc.record({ index: fc.record({ _index: fc.constant('a'), _id: fc.string() }) }),
  fc.record({ create: fc.record({ _id: fc.string() }) }),
  fc.record({ update: fc.record({ _id: fc.string() }) }),
  fc.record({ delete: fc.record({ _id: fc.string() }) }),
);

describe('a bulk request', () => {
  it('gets one answer for each action, in order, and only allowed ones reach the node', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
        const lines = actions.flatMap((one): object[] => ('delete' in one ? [one] : [one, { text: 'x' }]));
        const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
        const { forwarded, refusals } = splitBulk(body, 'a');
        const isAllowed = (one: object) => 'delete' in one || ('index' in one && !('_id' in Object(one.index)));
        const allowed = actions.filter(isAllowed);
        const sent = forwarded.split('\n').filter((line) => line !== '' && line !== '{"text":"x"}');
        expect(sent).toEqual(allowed.map((one) => JSON.stringify(one)));
        const answered: BulkAnswer = { took: 1, errors: false, items: allowed.map((one) => ({ answerTo: one })) };
        const joined = joinBulk(refusals, answered);
        expect(joined.errors).toBe(allowed.length < actions.length);
        expect(
          joined.items.map((item, position) => ('answerTo' in item ? item['answerTo'] : actions[position])),
        ).toEqual(actions);
      }),
    );
  });

  it('is refused as a whole where it is not actions and documents', () => {
    expect(() => splitBulk('nonsense\n', undefined)).toThrow(BulkSyntaxError);
    expect(() => splitBulk('{"text":"no action"}\n', undefined)).toThrow(BulkSyntaxError);
  });
});

describe('the engine of a vector field', () => {
  const mapping = (engine: string, parameters: Record<string, number>) => ({
    mappings: { properties: { vector: { type: 'knn_vector', method: { name: 'hnsw', engine, parameters } } } },
  });

  it('becomes Lucene with the parameters that Lucene knows, and faiss again in answers', () => {
    const rewritten = withLuceneEngine(mapping('faiss', { m: 16, ef_construction: 128, ef_search: 64 }));
    expect(rewritten).toEqual(mapping('lucene', { m: 16, ef_construction: 128 }));
    expect(withFaissEngine(rewritten)).toEqual(mapping('faiss', { m: 16, ef_construction: 128 }));
  });

  it('gets the delay with which the collection shows writes, and few segments', () => {
    const body = withNodeSettings({ settings: { index: { knn: true } } }, 1000);
    expect(body).toEqual({
      settings: {
        index: { knn: true },
        'index.refresh_interval': '1000ms',
        'index.merge.policy.segments_per_tier': 4,
        'index.merge.policy.max_merge_at_once': 4,
      },
    });
  });
});
