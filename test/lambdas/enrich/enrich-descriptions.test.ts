import { describe, expect, it } from 'vitest';
import { embedTexts } from '../../../lambdas/clients/model-batches.ts';
import { type Description, documentsFileSchema } from '../../../lambdas/contracts/documents.ts';
import type { EntitySpan } from '../../../lambdas/contracts/models.ts';
import { embeddingText, entityTexts } from '../../../lambdas/embedding/model-texts.ts';
import { enrichDescriptions } from '../../../lambdas/enrich/enrich-descriptions.ts';
import { namedEntities } from '../../../lambdas/enrich/named-entities.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';
import { inMemoryBucket } from '../support/in-memory-bucket.ts';

const assetId = 'c'.repeat(64);
const description = (ordinal: number, fields: Partial<Description> = {}): Description => ({
  documentId: `${assetId}.shot.${ordinal}`,
  assetId,
  kind: 'shot',
  assetKind: 'video',
  ordinal,
  desk: 'news',
  title: 'Ferry leaves Bergen',
  text: `Crew casts off ${ordinal}`,
  context: 'Ferry leaves Bergen. Bergen. The first electric ferry.',
  keywords: [],
  people: [],
  arrivedAt: '2026-05-01T11:00:00.000Z',
  provenance: 'shotlist',
  rights: { withheld: false },
  ...fields,
});
const span = (text: string, label: EntitySpan['label'], score = 0.9): EntitySpan => ({
  text,
  label,
  start: 0,
  end: text.length,
  score,
});

/** A double of both endpoints: the vector counts characters, "Bergen" is the only name; it keeps what it was asked. */
function countingEndpoints() {
  const asked: { embed: string[]; entities: string[] } = { embed: [], entities: [] };
  const answer = (schema: { parse(value: unknown): unknown }, value: object) => schema.parse(value) as never;
  return {
    asked,
    embed: {
      invokeJson: async (request: unknown, schema: { parse(value: unknown): unknown }) => {
        const { texts } = request as { texts: string[] };
        expect(texts.length).toBeLessThanOrEqual(32);
        asked.embed.push(...texts);
        return answer(schema, { model: 'minilm', version: '1', vectors: texts.map((text) => [text.length, 1]) });
      },
    },
    entities: {
      invokeJson: async (request: unknown, schema: { parse(value: unknown): unknown }) => {
        const { texts } = request as { texts: string[] };
        asked.entities.push(...texts);
        const entities = texts.map((text) => (text.includes('Bergen') ? [span('Bergen', 'LOC')] : []));
        return answer(schema, { model: 'ner', version: '2', entities });
      },
    },
  } as never as { asked: typeof asked } & Pick<Parameters<typeof enrichDescriptions>[1], 'embed' | 'entities'>;
}

describe('enrichDescriptions', () => {
  it('gives each description its own vector and names, with the models that made them', async () => {
    const derived = inMemoryBucket('derived');
    const descriptions = Array.from({ length: 70 }, (_, ordinal) => description(ordinal));
    derived.put('d.json', JSON.stringify({ assetId, attempt: 3, descriptions }));
    const endpoints = countingEndpoints();
    const input = {
      assetId,
      attempt: 3,
      kind: 'video' as const,
      desk: 'news',
      original: { bucket: 'o', key: 'k' },
      descriptionsKey: 'd.json',
    };
    const { result, detail } = await enrichDescriptions(input, { derived: derived.bucket, ...endpoints });
    expect(result).toEqual({ documentsKey: `assets/${assetId}/attempts/3/documents.json`, documentCount: 70 });
    expect(detail).toBe('1 name, 70 vectors');
    const { documents } = documentsFileSchema.parse(derived.json(result.documentsKey));
    documents.forEach((document, index) => {
      expect(document).toMatchObject({
        attempt: 3,
        ordinal: index,
        vector: [embeddingText(description(index)).length, 1],
        entities: [{ text: 'Bergen', label: 'LOC', key: 'bergen' }],
        models: { embed: { name: 'minilm', version: '1' }, entities: { name: 'ner', version: '2' } },
      });
    });
    // The title and the summary that all shots share were read once.
    expect(endpoints.asked.entities).toHaveLength(70 + 2);
  });

  it('asks again where an endpoint was busy, and never mixes the vectors of two models', async () => {
    let calls = 0;
    const flaky = {
      invokeJson: async (request: unknown) => {
        calls += 1;
        if (calls === 1) throw new RetryableError('EndpointThrottledError', 'busy');
        return { model: 'm', version: '1', vectors: (request as { texts: string[] }).texts.map(() => [1]) } as never;
      },
    };
    expect((await embedTexts(flaky, ['a'])).results).toEqual([[1]]);
    const changing = {
      invokeJson: async (request: unknown) => {
        calls += 1;
        return {
          model: 'm',
          version: String(calls),
          vectors: (request as { texts: string[] }).texts.map(() => [1]),
        } as never;
      },
    };
    await expect(embedTexts(changing, Array(40).fill('a'))).rejects.toMatchObject({ name: 'EndpointUnavailableError' });
    const short = { invokeJson: async () => ({ model: 'm', version: '1', vectors: [] }) as never };
    await expect(embedTexts(short, ['a'])).rejects.toMatchObject({ name: 'EndpointAnswerError' });
  });
});

describe('what the models read', () => {
  it('begins with what is the document’s own and says nothing twice', () => {
    expect(embeddingText(description(1, { place: 'Bergen', keywords: ['ferry', 'fjord'] }))).toBe(
      'Crew casts off 1. Ferry leaves Bergen. Bergen. The first electric ferry. ferry, fjord.',
    );
    expect(embeddingText(description(1, { text: '', context: '', title: 'ferry 01' }))).toBe('ferry 01.');
    expect(entityTexts(description(1, { text: '' }))).toEqual([
      'Ferry leaves Bergen',
      'Bergen. The first electric ferry.',
    ]);
  });

  it('for names is read paragraph by paragraph, so that a byline and the dateline below it are no one name', () => {
    const text = 'By Haruka Shinozaki\nIZU, Japan - She won.\n\nThe keirin starts slowly.';
    expect(entityTexts(description(1, { text, title: '', context: '' }))).toEqual([
      'By Haruka Shinozaki',
      'IZU, Japan - She won.',
      'The keirin starts slowly.',
    ]);
  });

  it('for names goes on where only the margin broke a line', () => {
    const text = 'The programme was written in Arlington by Commodore Grace\nHopper, who retired.\nShe laughed.';
    expect(entityTexts(description(1, { text, title: '', context: '' }))).toEqual([
      'The programme was written in Arlington by Commodore Grace Hopper, who retired.',
      'She laughed.',
    ]);
  });
});

describe('the names of a document', () => {
  it('are each once, with the label that people gave or the model was surest of', () => {
    const found = [
      span('BERGEN', 'ORG', 0.99),
      span('kari nordmann', 'LOC'),
      span('Oslo', 'ORG', 0.4),
      span('Oslo', 'LOC', 0.8),
      span('.', 'MISC'),
    ];
    const read = [{ text: found.map(({ text }) => text).join(' '), spans: found }];
    expect(namedEntities({ people: ['Kari Nordmann'], place: 'Bergen, Norway' }, read)).toEqual([
      { text: 'Kari Nordmann', label: 'PER', key: 'kari nordmann' },
      { text: 'Bergen', label: 'LOC', key: 'bergen' },
      { text: 'Norway', label: 'LOC', key: 'norway' },
      { text: 'Oslo', label: 'LOC', key: 'oslo' },
    ]);
  });
});
